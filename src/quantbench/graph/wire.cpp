#include "quantbench/graph/wire.h"

#include "quantbench/base/error.h"

namespace quantbench::graph {

namespace {

// Wire types of the protobuf encoding. 3 and 4 (groups) are not used by ONNX.
constexpr std::uint32_t kVarint = 0;
constexpr std::uint32_t kFixed64 = 1;
constexpr std::uint32_t kLengthDelimited = 2;
constexpr std::uint32_t kFixed32 = 5;

}  // namespace

void WireReader::fail(const std::string& problem) const {
  throw Error(problem + " at byte " + std::to_string(position_) + " of " + std::string(what_));
}

std::uint64_t WireReader::read_varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (position_ == bytes_.size()) fail("truncated: the file ends inside a number");
    const auto byte = static_cast<std::uint64_t>(bytes_[position_++]);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  fail("malformed number");
}

std::optional<WireField> WireReader::next() {
  if (position_ == bytes_.size()) return std::nullopt;
  const std::size_t start = position_;
  const std::uint64_t tag = read_varint();
  WireField field;
  if (tag >> 32 != 0 || tag >> 3 == 0) fail("malformed field");
  field.number = static_cast<std::uint32_t>(tag >> 3);
  std::uint64_t length = 0;
  switch (tag & 7) {
    case kVarint:
      field.varint = read_varint();
      break;
    case kFixed64:
      length = 8;
      break;
    case kFixed32:
      length = 4;
      break;
    case kLengthDelimited:
      length = read_varint();
      field.is_message = true;
      break;
    default:
      fail("malformed field");
  }
  if (length > bytes_.size() - position_) {
    fail("truncated: a field of " + std::to_string(length) + " bytes, " +
         std::to_string(bytes_.size() - position_) + " are left");
  }
  field.payload = bytes_.subspan(position_, length);
  position_ += length;
  field.whole = bytes_.subspan(start, position_ - start);
  return field;
}

void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

void append_head(std::string& out, std::uint32_t field, std::uint64_t length) {
  append_varint(out, std::uint64_t{field} << 3 | kLengthDelimited);
  append_varint(out, length);
}

std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++size;
  }
  return size;
}

}  // namespace quantbench::graph
