#pragma once

#include <cstdint>
#include <filesystem>

namespace quantbench::runtime {

/// What loading a model of this size may take: the runtime folds constants, packs weights and
/// keeps a copy of some. It leaves constants as they are that would take more.
inline std::uint64_t load_memory(std::uint64_t model_bytes) {
  return (std::uint64_t{4} << 30) + 8 * model_bytes;
}

/// The same for a file, whose external data lies beside it.
inline std::uint64_t load_memory_of_file(const std::filesystem::path& model) {
  std::uint64_t bytes = 0;
  std::error_code failure;
  const auto directory = model.has_parent_path() ? model.parent_path() : ".";
  for (std::filesystem::directory_iterator file(directory, failure), end; !failure && file != end;
       file.increment(failure)) {
    std::error_code ignored;
    const std::uintmax_t size = file->file_size(ignored);
    if (!ignored) bytes += size;
  }
  return load_memory(bytes);
}

}  // namespace quantbench::runtime
