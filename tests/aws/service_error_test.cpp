#include "quantbench/aws/service_error.h"

#include <gmock/gmock.h>

namespace quantbench::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kNow = 1795910400;  // 2026-11-29T00:00:00Z

const aws::Credentials kCredentials{.access_key = "AKIAEXAMPLE",
                                    .secret_key = "sec/ret+",
                                    .session_token = "TOKEN==",
                                    .source = "profile 'bench'"};

HttpResponse response(int status, const std::string& body,
                      std::map<std::string, std::string> headers = {}) {
  HttpResponse out;
  out.status = status;
  out.body = body;
  out.headers = std::move(headers);
  return out;
}

std::string line(const HttpResponse& of, std::int64_t now = kNow) {
  return aws::service_error(of, "S3 GetObject", "s3://b/k", kCredentials, now).what();
}

TEST(AwsServiceError, of_S3_is_read) {
  EXPECT_EQ(line(response(404,
                          "<?xml version=\"1.0\"?>\n<Error><Code>NoSuchKey</Code><Message>The "
                          "specified key does not exist.</Message><Key>k</Key></Error>")),
            "s3://b/k: S3 GetObject failed: The specified key does not exist (NoSuchKey, 404)");
}

TEST(AwsServiceError, of_STS_is_read) {
  EXPECT_EQ(line(response(403,
                          "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
                          "<Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>The "
                          "security token included in the request is invalid.</Message></Error>"
                          "</ErrorResponse>")),
            "s3://b/k: S3 GetObject failed: The security token included in the request is invalid "
            "(InvalidClientTokenId, 403) (check the credentials of profile 'bench')");
}

TEST(AwsServiceError, of_JSON_services_is_read_in_every_spelling) {
  for (const auto& [body, header] : std::vector<std::pair<std::string, std::string>>{
           {R"({"__type":"ValidationException","message":"No."})", ""},
           {R"({"__type":"com.amazonaws.sagemaker#ValidationException","Message":"No."})", ""},
           {R"({"message":"No."})", "ValidationException:http://internal.amazon.com/x"},
           {R"({"code":"ValidationException","message":"No."})", ""}}) {
    EXPECT_THAT(line(response(400, body, {{"x-amzn-errortype", header}})),
                HasSubstr("failed: No (ValidationException, 400)"))
        << body;
  }
}

TEST(AwsServiceError, of_a_body_that_says_nothing_is_the_status) {
  EXPECT_EQ(line(response(404, "")), "s3://b/k: S3 GetObject failed: status 404");
  EXPECT_EQ(line(response(502, "<html><body>Bad gateway")),
            "s3://b/k: S3 GetObject failed: status 502");
  EXPECT_EQ(line(response(400, "{not json")), "s3://b/k: S3 GetObject failed: status 400");
  EXPECT_EQ(line(response(400, R"({"__type": 5, "message": [1]})")),
            "s3://b/k: S3 GetObject failed: status 400");
  EXPECT_EQ(line(response(403, "", {{"x-amzn-errortype", "AccessDeniedException"}})),
            "s3://b/k: S3 GetObject failed: AccessDeniedException, status 403 (the credentials of "
            "profile 'bench' lack the permission: docs/sagemaker.md lists all that are needed)");
}

TEST(AwsServiceError, never_repeats_a_secret) {
  const std::string message = line(response(
      403,
      R"({"__type":"InvalidSignatureException","message":"The request signature we calculated does not match.\n\nsec/ret+ sec%2Fret%2B AKIAEXAMPLE TOKEN== TOKEN%3D%3D The Canonical String for this request should have been\n'POST\n/\nx-amz-security-token:TOKEN=='"})"));
  EXPECT_THAT(message, AllOf(HasSubstr("does not match"), HasSubstr("check the secret key")));
  for (const char* secret : {"sec/ret+", "sec%2Fret%2B", "AKIAEXAMPLE", "TOKEN", "Canonical"}) {
    EXPECT_THAT(message, Not(HasSubstr(secret)));
  }
  EXPECT_THAT(message, Not(HasSubstr("\n")));
}

TEST(AwsServiceError, tells_a_clock_that_is_wrong) {
  const HttpResponse skewed = response(
      403,
      "<Error><Code>RequestTimeTooSkewed</Code><Message>The difference between the request time "
      "and the current time is too large.</Message></Error>",
      {{"date", "Sun, 29 Nov 2026 00:00:00 GMT"}});
  EXPECT_THAT(line(skewed, kNow + 3600),
              HasSubstr("(this machine's clock is 3600 s ahead of AWS's: set it)"));
  EXPECT_THAT(line(skewed, kNow - 1000),
              HasSubstr("(this machine's clock is 1000 s behind AWS's: set it)"));
  EXPECT_THAT(line(skewed, kNow + 10), Not(HasSubstr("clock is")));
}

TEST(AwsServiceError, knows_what_another_try_may_change) {
  EXPECT_TRUE(aws::is_passing(response(400, ""), "ThrottlingException"));
  EXPECT_TRUE(aws::is_passing(response(503, ""), "SlowDown"));
  EXPECT_TRUE(aws::is_passing(response(500, ""), "500"));
  EXPECT_FALSE(aws::is_passing(response(400, ""), "ValidationException"));
  EXPECT_FALSE(aws::is_passing(response(400, ""), "ResourceLimitExceeded"));
}

TEST(AwsServiceError, knows_a_missing_object_and_a_missing_job) {
  const auto missing = [](int status, const std::string& body) {
    return aws::service_error(response(status, body), "x", "y", kCredentials, kNow).is_missing();
  };
  EXPECT_TRUE(missing(404, ""));
  EXPECT_TRUE(missing(404, "<Error><Code>NoSuchBucket</Code></Error>"));
  EXPECT_TRUE(missing(
      400, R"({"__type":"ValidationException","message":"Requested resource not found."})"));
  EXPECT_FALSE(missing(400, R"({"__type":"ValidationException","message":"No."})"));
  EXPECT_FALSE(missing(403, ""));
}

}  // namespace
}  // namespace quantbench::test
