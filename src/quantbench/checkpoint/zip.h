#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace quantbench::checkpoint {

/// The entries of a ZIP archive that stores them uncompressed, as torch.save writes it; each entry
/// lies in the file as it is. ZIP64 included (APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3).
class ZipArchive {
 public:
  /// Reads the central directory of `file`, which must outlive the archive. Throws Error: no end of
  /// central directory, entries outside the file, compressed, encrypted or named twice.
  explicit ZipArchive(std::span<const std::byte> file);

  /// Whether the bytes begin as a ZIP archive does.
  static bool matches(std::span<const std::byte> file);

  /// The content of an entry; its local header is checked here. Throws Error when there is none of
  /// that name or it does not lie inside the file.
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
