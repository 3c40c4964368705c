#pragma once

#include <cstdint>
#include <filesystem>

#include "quantbench/base/file.h"

namespace quantbench::runtime {

/// What loading a model of this size may take: the runtime folds constants, packs weights and
/// keeps a copy of some. It leaves constants as they are that would take more.
inline std::uint64_t load_memory(std::uint64_t model_bytes) {
  return (std::uint64_t{4} << 30) + 8 * model_bytes;
}

/// The same for a file, whose external data lies beside it.
inline std::uint64_t load_memory_of_file(const std::filesystem::path& model) {
  return load_memory(bytes_in(model.has_parent_path() ? model.parent_path() : "."));
}

}  // namespace quantbench::runtime
