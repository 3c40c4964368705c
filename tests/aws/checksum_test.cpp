#include "quantbench/aws/checksum.h"

#include <gmock/gmock.h>

namespace quantbench::test {
namespace {

using ::testing::HasSubstr;

// Of "abc" (FIPS 180-4, RFC 1321).
constexpr const char* kSha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kMd5 = "900150983cd24fb0d6963f7d28e17f72";

std::string fault(const std::map<std::string, std::string>& headers, const std::string& body) {
  HttpResponse response;
  response.headers = headers;
  aws::Checksum checksum(response);
  checksum.update(body.substr(0, 1));
  checksum.update(body.substr(1));
  return checksum.fault();
}

TEST(AwsChecksum, base64_of_digits_is_RFC_4648) {
  EXPECT_EQ(aws::base64_of_hex("66"), "Zg==");
  EXPECT_EQ(aws::base64_of_hex("666f"), "Zm8=");
  EXPECT_EQ(aws::base64_of_hex("666f6f"), "Zm9v");
  EXPECT_EQ(aws::base64_of_hex("666f6f626172"), "Zm9vYmFy");
  EXPECT_EQ(aws::base64_of_hex(kSha256), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

TEST(AwsChecksum, each_announced_hash_is_compared) {
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"x-amz-meta-quantbench-sha256", kSha256},
                                          {"x-amz-checksum-sha256", aws::base64_of_hex(kSha256)},
                                          {"etag", "\"" + std::string(kMd5) + "\""}}) {
    EXPECT_EQ(fault({{name, value}}, "abc"), "") << name;
    EXPECT_THAT(fault({{name, value}}, "abd"), HasSubstr("S3 says ")) << name;
  }
}

TEST(AwsChecksum, our_hash_counts_before_an_etag) {
  EXPECT_EQ(fault({{"x-amz-meta-quantbench-sha256", kSha256}, {"etag", "\"00\""}}, "abc"), "");
}

TEST(AwsChecksum, what_is_not_a_hash_of_the_whole_body_is_not_compared) {
  EXPECT_EQ(fault({{"etag", "\"" + std::string(kMd5) + "-2\""}}, "other"), "");
  EXPECT_EQ(fault({{"etag", "\"" + std::string(kMd5) + "\""},
                   {"x-amz-server-side-encryption", "aws:kms"}},
                  "other"),
            "");
  EXPECT_EQ(fault({{"x-amz-checksum-sha256", aws::base64_of_hex(kSha256) + "-2"}}, "other"), "");
  EXPECT_EQ(fault({}, "other"), "");
}

}  // namespace
}  // namespace quantbench::test
