#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quantbench::checkpoint {

/// The header entry of one tensor, not yet checked against the file.
struct HeaderEntry {
  std::string name;
  std::string dtype;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Parses the JSON header: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
/// ..., "__metadata__": {...}}. Throws Error naming the tensor: malformed JSON, a field that is
/// missing, repeated or of the wrong type, or a name that appears twice.
std::vector<HeaderEntry> parse_safetensors_header(std::string_view json);

}  // namespace quantbench::checkpoint
