#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "quantbench/base/http.h"

namespace quantbench::aws {

/// The header in which an object carries the SHA-256 of its content, as hexadecimal digits.
inline constexpr std::string_view kHashHeader = "x-amz-meta-quantbench-sha256";

/// The best hash that an answer of S3 announces of its body, and the body's own.
class Checksum {
 public:
  /// Looks at x-amz-meta-quantbench-sha256, x-amz-checksum-sha256 (unless it is a hash of parts),
  /// and the ETag of an object that was sent whole and without SSE-KMS or SSE-C.
  explicit Checksum(const HttpResponse& response);
  ~Checksum();

  void update(std::string_view piece);
  /// "its SHA-256 is ..., S3 says ..."; empty: the content is right, or nothing is announced.
  std::string fault();

 private:
  struct Digest;
  std::unique_ptr<Digest> digest_;
  std::string announced_;
};

/// Base64 (RFC 4648, 4) of bytes that are given as hexadecimal digits.
std::string base64_of_hex(std::string_view digits);

}  // namespace quantbench::aws
