#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "quantbench/base/error.h"

namespace quantbench {

class MappedRange;

/// A file mapped read-only into memory. Cheap to keep: pages are read on first use, and the kernel
/// can drop them.
///
/// A file that gets shorter while it is mapped reads as zeros from there on; ask
/// `throw_if_file_shrank` before what was computed of it is used.
class MappedFile {
 public:
  /// Throws Error when the file is missing, unreadable, or no regular file (a directory, FIFO,
  /// device): a FIFO is refused and not waited for. An empty file maps to an empty span.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  const std::filesystem::path& path() const { return path_; }

 private:
  MappedFile(std::filesystem::path path, const std::byte* data, std::size_t size);

  std::filesystem::path path_;
  const std::byte* data_;
  std::size_t size_;
  std::unique_ptr<MappedRange> range_;
};

/// A mapped file got shorter while it was read, or its disk failed.
class FileShrank : public Error {
 public:
  using Error::Error;
};

/// Throws FileShrank when that happened to a mapped file: as long as it stays mapped, and once
/// after. AtomicFile asks before it puts an output in place, read_text before it returns, the
/// command line and the workers before they give their result.
void throw_if_file_shrank();

/// Runs `body`. An exception that leaves it gives way to FileShrank where a file did: zeros in
/// place of a file's end are what made no sense.
template <typename Body>
decltype(auto) explained_by_files(Body&& body) {
  try {
    return body();
  } catch (const std::exception&) {
    throw_if_file_shrank();
    throw;
  }
}

/// Writes a file atomically: readers see the old content or the whole new one. Bytes go to a
/// temporary file beside the target; `commit` flushes and renames it. Without commit, the
/// destructor removes the temporary file.
class AtomicFile {
 public:
  /// What happens where the target is a symbolic link or no regular file.
  enum class Target {
    /// As a user who names an output means it. A link stays, and the file at its end is replaced,
    /// in that file's directory.
    /// A FIFO, a character device (/dev/null) and a descriptor (/dev/stdout) are written through:
    /// bytes that were written
    /// stay written without commit. A directory, a block device and a socket are refused.
    kUserNamed,
    /// The directory's entry is replaced, whatever it is: no link is followed that somebody else
    /// may have put there.
    kReplaced,
  };

  /// Creates parent directories. Throws Error if the target cannot be written.
  explicit AtomicFile(std::filesystem::path target, Target kind = Target::kUserNamed);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Throws Error naming the target (for example, if the disk is full).
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  /// Reserves disk space for this number of bytes. A full disk is then an Error here, and large
  /// files are written several times as fast while other files are being flushed. Optional; does
  /// nothing if the file system does not support it.
  void reserve(std::uint64_t bytes);

  /// How far the new content must be on the disk before it replaces an older file. Otherwise a
  /// power cut could leave an empty file for as long as the system keeps the new content in memory
  /// (half a minute).
  enum class Disk {
    kStart,  ///< writing has started: an empty file is possible until it ends
    kAwait,  ///< writing has ended: a power cut leaves the old or the new content
  };
  /// Throws Error, also when a mapped file shrank (throw_if_file_shrank): the output may be made of
  /// it.
  void commit(Disk disk = Disk::kStart);

 private:
  void create_temporary();
  void flush();
  void close();

  std::filesystem::path named_;   ///< as the caller said it, for messages
  std::filesystem::path target_;  ///< what is replaced; empty when it is written through
  std::filesystem::path temporary_;
  int descriptor_ = -1;
  std::string buffer_;
};

/// Bytes of the files of a directory, not of its directories. A file that cannot be looked at
/// counts for nothing.
std::uint64_t bytes_in(const std::filesystem::path& directory);

/// Content of a small text file. Throws Error if it cannot be read.
std::string read_text(const std::filesystem::path& path);

/// Replaces the file's content atomically, even in a power cut (see AtomicFile).
void write_text(const std::filesystem::path& path, std::string_view text,
                AtomicFile::Target kind = AtomicFile::Target::kUserNamed);

/// A temporary directory. The destructor removes it with its content.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(std::string_view prefix = "quantbench");
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace quantbench
