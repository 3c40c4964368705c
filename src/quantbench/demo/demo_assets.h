#pragma once

#include <filesystem>
#include <span>
#include <string_view>

namespace quantbench::demo {

/// One file embedded in the program.
struct Asset {
  /// Path below assets/demo, with '/': "model/config.json".
  std::string_view path;
  std::string_view bytes;
};

/// Model, data set and spec of `quantbench demo`: every file of assets/demo. Its README says how
/// they were made.
std::span<const Asset> assets();

/// Writes the files below `directory`, which is created. No file is ever half-written. The spec is
/// `directory`/spec.yaml; it names model and data relative to itself. Throws Error if the files
/// cannot be written.
void unpack(const std::filesystem::path& directory);

}  // namespace quantbench::demo
