#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "quantbench/base/error.h"

namespace quantbench::checkpoint {

/// Reads little-endian numbers from the front of a span. Throws Error at the end of the span.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes, std::size_t position = 0)
      : bytes_(bytes), position_(position) {
    if (position > bytes.size()) end();
  }

  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }

  std::span<const std::byte> take(std::uint64_t count) {
    if (count > remaining()) end();
    const auto part = bytes_.subspan(position_, count);
    position_ += count;
    return part;
  }

  std::string_view text(std::uint64_t count) {
    const auto part = take(count);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }

  /// Text up to the next line feed. The line feed is consumed.
  std::string_view line() {
    const auto rest = bytes_.subspan(position_);
    const std::string_view view(reinterpret_cast<const char*>(rest.data()), rest.size());
    const std::size_t length = view.find('\n');
    if (length == std::string_view::npos) end();
    position_ += length + 1;
    return view.substr(0, length);
  }

  template <typename T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

 private:
  [[noreturn]] void end() const {
    throw Error(
        "ends at byte " + std::to_string(bytes_.size()) + ", before its content is complete", {},
        "is the file truncated?");
  }

  std::span<const std::byte> bytes_;
  std::size_t position_;
};

}  // namespace quantbench::checkpoint
