#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <span>

namespace quantbench {

/// A mapped file in the list of all of them, for two questions: did it get shorter while it was
/// read, and is it in use.
///
/// The kernel answers a read behind the new end of a mapped file (or one that the disk fails) with
/// SIGBUS, which ends the process. While a range is listed, a handler puts zeros in place of the
/// rest of the range instead and marks it as lost; what was computed of it is worthless, and
/// `throw_if_file_shrank` (base/file.h) says so before it is used. Jumping out of the handler would
/// skip destructors; copying each file would double the memory of large models.
class MappedRange {
 public:
  /// `file`: what fstat said of it.
  MappedRange(std::span<const std::byte> bytes, const std::filesystem::path& path,
              const struct stat& file);
  ~MappedRange();
  MappedRange(const MappedRange&) = delete;
  MappedRange& operator=(const MappedRange&) = delete;

  /// Whether a read of this range failed.
  bool is_lost() const;

  struct Slot;

 private:
  Slot* slot_;
};

/// Whether that file is mapped now, by any name.
bool is_mapped(const struct stat& file);

}  // namespace quantbench
