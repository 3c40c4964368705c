#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace quantbench::graph {

/// Field numbers of onnx.proto that are read and written directly.
constexpr std::uint32_t kModelGraph = 7;
constexpr std::uint32_t kGraphInitializer = 5;
constexpr std::uint32_t kTensorRawData = 9;

/// One field of an encoded protobuf message.
struct WireField {
  std::uint32_t number = 0;
  bool is_message = false;   ///< length-delimited: `payload` is its content
  std::uint64_t varint = 0;  ///< value, when the wire type is varint
  std::span<const std::byte> payload;
  std::span<const std::byte> whole;  ///< tag, length and payload
};

/// Walks the fields of an encoded protobuf message in place (protobuf encoding specification: tags,
/// varints, length-delimited records). Gigabytes of tensor payload are skipped, not copied. Every
/// length is checked against the available bytes.
class WireReader {
 public:
  /// `what` is the message's name in errors: "ModelProto".
  WireReader(std::span<const std::byte> bytes, std::string_view what)
      : bytes_(bytes), what_(what) {}

  /// nullopt at the end. Throws Error (truncated, malformed).
  std::optional<WireField> next();

 private:
  std::uint64_t read_varint();
  [[noreturn]] void fail(const std::string& problem) const;

  std::span<const std::byte> bytes_;
  std::string_view what_;
  std::size_t position_ = 0;
};

/// Appends an encoded varint, or the head of a length-delimited field.
void append_varint(std::string& out, std::uint64_t value);
void append_head(std::string& out, std::uint32_t field, std::uint64_t length);
std::size_t varint_size(std::uint64_t value);

}  // namespace quantbench::graph
