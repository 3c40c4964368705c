#include "quantbench/aws/checksum.h"

#include <optional>

#include "quantbench/base/error.h"
#include "quantbench/base/hash.h"

namespace quantbench::aws {

namespace {

constexpr std::size_t kSha256Digits = 64;
constexpr std::size_t kMd5Digits = 32;
/// Base64 of 32 bytes. A hash of parts has "-N" behind it.
constexpr std::size_t kSha256Base64 = 44;

std::string etag_of(const HttpResponse& response) {
  std::string_view etag = response.header("etag");
  if (etag.starts_with('"')) etag.remove_prefix(1);
  if (etag.ends_with('"')) etag.remove_suffix(1);
  return std::string(etag);
}

bool is_etag_a_hash(const HttpResponse& response) {
  return !response.header("x-amz-server-side-encryption").starts_with("aws:kms") &&
         response.header("x-amz-server-side-encryption-customer-algorithm").empty() &&
         is_hash(etag_of(response), kMd5Digits);
}

}  // namespace

struct Checksum::Digest {
  std::optional<Sha256> sha256;
  std::optional<Md5> md5;
  bool as_base64 = false;
};

Checksum::Checksum(const HttpResponse& response) : digest_(std::make_unique<Digest>()) {
  const std::string& ours = response.header(std::string(kHashHeader));
  const std::string& theirs = response.header("x-amz-checksum-sha256");
  if (is_hash(ours, kSha256Digits)) {
    announced_ = ours;
    digest_->sha256.emplace();
  } else if (theirs.size() == kSha256Base64) {
    announced_ = theirs;
    digest_->as_base64 = true;
    digest_->sha256.emplace();
  } else if (is_etag_a_hash(response)) {
    try {
      digest_->md5.emplace();
      announced_ = etag_of(response);
    } catch (const Error&) {
      // No MD5 in this OpenSSL: as for an object without a hash.
    }
  }
}

Checksum::~Checksum() = default;

void Checksum::update(std::string_view piece) {
  if (digest_->sha256) digest_->sha256->update(piece);
  if (digest_->md5) digest_->md5->update(piece);
}

std::string Checksum::fault() {
  if (announced_.empty()) return {};
  const bool is_md5 = digest_->md5.has_value();
  std::string own = is_md5 ? digest_->md5->finish() : digest_->sha256->finish();
  if (digest_->as_base64) own = base64_of_hex(own);
  if (own == announced_) return {};
  return std::string("its ") + (is_md5 ? "MD5" : "SHA-256") + " is " + own + ", S3 says " +
         announced_;
}

std::string base64_of_hex(std::string_view digits) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto value = [](char c) -> unsigned {
    return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
  };
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : digits) {
    bits = bits << 4U | value(c);
    count += 4;
    if (count >= 6) {
      count -= 6;
      out += kAlphabet[bits >> static_cast<unsigned>(count) & 63U];
    }
  }
  if (count > 0) out += kAlphabet[bits << static_cast<unsigned>(6 - count) & 63U];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

}  // namespace quantbench::aws
