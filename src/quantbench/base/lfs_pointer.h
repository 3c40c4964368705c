#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "quantbench/base/error.h"

namespace quantbench {

/// Whether a file's bytes are a pointer of Git LFS (https://git-lfs.com/spec): a few lines of text
/// that stand in place of a file which was not downloaded.
bool is_lfs_pointer(std::string_view text);
bool is_lfs_pointer(std::span<const std::byte> bytes);

/// A pointer in place of a file. MappedFile::open, through which all files are read, throws it.
class LfsPointer : public Error {
 public:
  using Error::Error;
};

/// Throws LfsPointer, which names the file, the size of what is missing, and the command that
/// fetches it, if the bytes are a pointer. `where` is the file's path.
void refuse_lfs_pointer(std::span<const std::byte> bytes, const std::string& where);
void refuse_lfs_pointer(std::string_view text, const std::string& where);

}  // namespace quantbench
