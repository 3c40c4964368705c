#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace quantbench::checkpoint {

/// The entries of a ZIP archive without compression, as torch.save writes it. Supports ZIP64
/// (APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3).
class ZipArchive {
 public:
  /// Reads the central directory of `file`, which must outlive the archive. Throws Error if the end
  /// of the central directory is missing, or if an entry exceeds the file, is compressed or
  /// encrypted, or has the name of another.
  explicit ZipArchive(std::span<const std::byte> file);

  /// Whether the bytes begin like a ZIP archive.
  static bool matches(std::span<const std::byte> file);

  /// The content of an entry. Checks its local header. Throws Error if the entry is missing or
  /// exceeds the file.
  std::span<const std::byte> get(std::string_view name) const;
  bool contains(std::string_view name) const { return entries_.contains(name); }

  struct Entry {
    std::uint64_t header = 0;  ///< offset of the local header
    std::uint64_t size = 0;
  };
  const std::map<std::string, Entry, std::less<>>& entries() const { return entries_; }

 private:
  std::span<const std::byte> file_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace quantbench::checkpoint
