#pragma once

#include <filesystem>
#include <span>
#include <string_view>

namespace quantbench::demo {

/// One file that the program carries in itself.
struct Asset {
  /// Below assets/demo, with '/': "model/config.json".
  std::string_view path;
  std::string_view bytes;
};

/// Model, data set and spec of `quantbench demo`: every file of assets/demo (its README says how
/// they were made).
std::span<const Asset> assets();

/// Writes them below `directory`, which is created; each file appears whole or not at all. The spec
/// is then `directory`/spec.yaml, and names model and data relative to itself. Throws Error when
/// the place cannot be written.
void unpack(const std::filesystem::path& directory);

}  // namespace quantbench::demo
