#include "quantbench/checkpoint/zip.h"

#include <algorithm>
#include <cstdint>

#include "quantbench/base/error.h"
#include "quantbench/checkpoint/little_endian.h"

namespace quantbench::checkpoint {

namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kCentralHeader = 0x02014b50;
constexpr std::uint32_t kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50;
constexpr std::uint32_t kEnd64Locator = 0x07064b50;
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kLocatorSize = 20;
constexpr std::size_t kLargestComment = 0xffff;
constexpr std::uint16_t kZip64Extra = 1;

struct Directory {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t entries = 0;
};

/// The end record is at the end of the file. Only a comment of up to 64 KiB may follow it.
std::size_t find_end(std::span<const std::byte> file) {
  if (file.size() >= kEndSize) {
    const std::size_t last = file.size() - kEndSize;
    const std::size_t first = last - std::min(last, kLargestComment);
    for (std::size_t at = last + 1; at-- > first;) {
      ByteReader reader(file, at);
      if (reader.number<std::uint32_t>() != kEnd) continue;
      reader.take(kEndSize - 6);
      if (reader.number<std::uint16_t>() == reader.remaining()) return at;
    }
  }
  throw Error("the ZIP directory at the end of the file is missing", {}, "is the file truncated?");
}

Directory read_directory64(std::span<const std::byte> file, std::size_t end) {
  ByteReader locator(file, end - kLocatorSize + 8);
  ByteReader record(file, locator.number<std::uint64_t>());
  if (record.number<std::uint32_t>() != kEnd64) throw Error("damaged ZIP64 end record");
  record.take(28);
  Directory directory;
  directory.entries = record.number<std::uint64_t>();
  directory.size = record.number<std::uint64_t>();
  directory.offset = record.number<std::uint64_t>();
  return directory;
}

Directory read_directory(std::span<const std::byte> file) {
  const std::size_t end = find_end(file);
  if (end >= kLocatorSize &&
      ByteReader(file, end - kLocatorSize).number<std::uint32_t>() == kEnd64Locator) {
    return read_directory64(file, end);
  }
  ByteReader record(file, end + 10);
  Directory directory;
  directory.entries = record.number<std::uint16_t>();
  directory.size = record.number<std::uint32_t>();
  directory.offset = record.number<std::uint32_t>();
  return directory;
}

/// A 32-bit field of all ones means: the value is in the ZIP64 extra field. The order is this one.
void read_zip64_extra(std::span<const std::byte> extra, std::uint64_t& size,
                      std::uint64_t& stored_size, std::uint64_t& header) {
  ByteReader reader(extra);
  while (reader.remaining() >= 4) {
    const auto id = reader.number<std::uint16_t>();
    const auto content = reader.take(reader.number<std::uint16_t>());
    if (id != kZip64Extra) continue;
    ByteReader fields(content);
    for (std::uint64_t* field : {&size, &stored_size, &header}) {
      if (*field == UINT32_MAX) *field = fields.number<std::uint64_t>();
    }
    return;
  }
}

std::pair<std::string, ZipArchive::Entry> read_entry(ByteReader& reader) {
  if (reader.number<std::uint32_t>() != kCentralHeader) throw Error("damaged ZIP directory");
  reader.take(4);
  const auto flags = reader.number<std::uint16_t>();
  const auto method = reader.number<std::uint16_t>();
  reader.take(8);
  std::uint64_t stored_size = reader.number<std::uint32_t>();
  std::uint64_t size = reader.number<std::uint32_t>();
  const auto name_length = reader.number<std::uint16_t>();
  const auto extra_length = reader.number<std::uint16_t>();
  const auto comment_length = reader.number<std::uint16_t>();
  reader.take(8);
  std::uint64_t header = reader.number<std::uint32_t>();
  std::string name(reader.text(name_length));
  with_context("entry '" + name + "'", [&] {
    read_zip64_extra(reader.take(extra_length), size, stored_size, header);
    if ((flags & 1U) != 0) throw Error("encrypted entries are not supported");
    if (method != 0 || stored_size != size) {
      throw Error("compressed entries are not supported", {},
                  "torch.save writes uncompressed entries");
    }
  });
  reader.take(comment_length);
  return {std::move(name), {header, size}};
}

}  // namespace

bool ZipArchive::matches(std::span<const std::byte> file) {
  return file.size() >= 4 && ByteReader(file).number<std::uint32_t>() == kLocalHeader;
}

ZipArchive::ZipArchive(std::span<const std::byte> file) : file_(file) {
  const Directory directory = read_directory(file);
  ByteReader records(ByteReader(file, directory.offset).take(directory.size));
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    auto [name, entry] = read_entry(records);
    if (entries_.contains(name)) throw Error("has two entries '" + name + "'");
    entries_.emplace(std::move(name), entry);
  }
}

std::span<const std::byte> ZipArchive::get(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) throw Error("has no entry '" + std::string(name) + "'");
  return with_context("entry '" + std::string(name) + "'", [&] {
    ByteReader reader(file_, found->second.header);
    if (reader.number<std::uint32_t>() != kLocalHeader) throw Error("the local header is missing");
    reader.take(22);
    const auto name_length = reader.number<std::uint16_t>();
    const auto extra_length = reader.number<std::uint16_t>();
    if (reader.text(name_length) != name) throw Error("the local header has another name");
    reader.take(extra_length);
    return reader.take(found->second.size);
  });
}

}  // namespace quantbench::checkpoint
