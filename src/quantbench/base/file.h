#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace quantbench {

/// A file mapped read-only into memory. Cheap to keep: pages are read when touched and can be
/// dropped by the kernel.
class MappedFile {
 public:
  /// Throws Error when the file is missing, a directory, or unreadable. An empty file maps to an
  /// empty span.
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
};

/// Writes a file so that readers see either the old content or the whole new one: bytes go to a
/// temporary file beside the target, `commit` flushes and renames it. Destroyed without commit, the
/// temporary file is removed.
class AtomicFile {
 public:
  /// Creates parent directories. Throws Error when the place cannot be written.
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Throws Error (disk full, say) naming the target.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  /// Reserves disk space for this number of bytes. A full disk is then an Error here, and large
  /// files are written several times as fast while other files are being flushed. Optional; does
  /// nothing if the file system does not support it.
  void reserve(std::uint64_t bytes);

  /// What is asked of the disk before the old content goes, where there is one. A power cut would
  /// otherwise leave an empty file for as long as the system keeps the new content in memory (half
  /// a minute).
  enum class Disk {
    kStart,  ///< it starts writing: an empty file is then possible for the time that takes
    kAwait,  ///< it has written: a power cut leaves the old or the new content
  };
  void commit(Disk disk = Disk::kStart);

 private:
  void flush();

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
  std::string buffer_;
};

/// Whole content of a (small) text file. Throws Error when it cannot be read.
std::string read_text(const std::filesystem::path& path);

/// Replaces the file's content atomically, power cuts included (see AtomicFile).
void write_text(const std::filesystem::path& path, std::string_view text);

/// A directory that is removed with everything in it when the object goes.
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
