#include "quantbench/aws/client.h"

#include <gtest/gtest.h>

#include "aws/aws_fixture.h"
#include "quantbench/aws/service_error.h"

namespace quantbench::test {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::SizeIs;

class AwsClient : public AwsTest {
 protected:
  AwsClient() { use_keys(); }

  std::string call(const aws::Options& with) {
    return message_of([&] {
      aws::Client client(with);
      client.call("sagemaker", "SageMaker", "SageMaker.DescribeTrainingJob",
                  {{"TrainingJobName", "j"}}, "j");
    });
  }

  /// The answers in turn; the last one again and again.
  void reply(std::vector<LoopbackReply> replies) {
    answer = [replies, at = std::make_shared<std::size_t>(0)](const LoopbackRequest&) {
      return replies[std::min((*at)++, replies.size() - 1)];
    };
  }
};

TEST_F(AwsClient, signs_a_json_operation) {
  environment["AWS_SESSION_TOKEN"] = "session";
  reply({{.body = R"({"a": 1})"}});
  aws::Client client(options());
  EXPECT_EQ(client.call("sagemaker", "SageMaker", "SageMaker.X", {{"b", 2}}, "j"),
            (Json{{"a", 1}}));
  const LoopbackRequest request = server.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.body, R"({"b":2})");
  EXPECT_EQ(request.header("x-amz-target"), "SageMaker.X");
  EXPECT_EQ(request.header("content-type"), "application/x-amz-json-1.1");
  EXPECT_EQ(request.header("x-amz-security-token"), "session");
  EXPECT_THAT(
      request.header("authorization"),
      AllOf(HasSubstr("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/"),
            HasSubstr("/eu-central-1/sagemaker/aws4_request"),
            HasSubstr(
                "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target")));
  EXPECT_EQ(client.credential_source(), "the environment");
}

TEST_F(AwsClient, tries_again_after_throttling_and_faults_with_random_waits) {
  reply({{.status = 400, .body = R"({"__type":"ThrottlingException","message":"Rate exceeded"})"},
         {.status = 503},
         {.drop = true},
         {.body = "{}"}});
  EXPECT_EQ(call(options()), "nothing was thrown");
  ASSERT_THAT(waits, SizeIs(3));
  EXPECT_LE(waits[0].count(), 500);
  EXPECT_LE(waits[1].count(), 1000);
  EXPECT_LE(waits[2].count(), 2000);
}

TEST_F(AwsClient, gives_up_after_its_tries) {
  reply({{.status = 500, .body = R"({"__type":"InternalFailure","message":"Oops"})"}});
  EXPECT_EQ(call(options()),
            "j: SageMaker DescribeTrainingJob failed: Oops (InternalFailure, 500)");
  EXPECT_THAT(server.requests(), SizeIs(5));
  EXPECT_THAT(waits, AllOf(SizeIs(4), Each(Le(std::chrono::milliseconds(4000)))));
}

TEST_F(AwsClient, gives_up_at_once_when_another_try_changes_nothing) {
  reply({{.status = 400, .body = R"({"__type":"ValidationException","message":"No"})"}});
  EXPECT_THAT(call(options()), HasSubstr("No (ValidationException, 400)"));
  EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST_F(AwsClient, waits_as_long_as_the_service_asks) {
  reply({{.status = 429, .headers = {{"Retry-After", "7"}}}, {.body = "{}"}});
  EXPECT_EQ(call(options()), "nothing was thrown");
  EXPECT_EQ(waits.at(0), std::chrono::seconds(7));
  EXPECT_THAT(warnings, ::testing::ElementsAre(HasSubstr("trying again in 7 s")));
}

TEST_F(AwsClient, renews_expired_credentials_once) {
  reply({{.status = 400, .body = R"({"__type":"ExpiredTokenException","message":"Expired"})"},
         {.body = "{}"}});
  EXPECT_EQ(call(options()), "nothing was thrown");
  EXPECT_THAT(waits, SizeIs(0));
  reply({{.status = 400, .body = R"({"__type":"ExpiredTokenException","message":"Expired"})"}});
  EXPECT_THAT(call(options()), HasSubstr("the credentials of the environment have expired"));
}

TEST_F(AwsClient, tells_a_server_that_is_not_there) {
  aws::Options with = options();
  with.endpoint = "http://127.0.0.1:1";
  with.tries = 2;
  EXPECT_THAT(call(with), AllOf(HasSubstr("SageMaker DescribeTrainingJob: no answer from "
                                          "http://127.0.0.1:1: "),
                                HasSubstr("(check the network, the region and the endpoint)")));
}

TEST_F(AwsClient, ends_when_cancelled) {
  std::atomic<bool> cancel{true};
  aws::Options with = options();
  with.cancel = &cancel;
  reply({{.stall_after = 0}});
  EXPECT_THROW(
      {
        aws::Client client(with);
        client.call("sagemaker", "SageMaker", "SageMaker.X", Json::object(), "j");
      },
      Interrupted);
}

TEST_F(AwsClient, refuses_an_answer_that_is_not_an_object) {
  reply({{.body = "[1]"}});
  EXPECT_EQ(call(options()), "SageMaker DescribeTrainingJob: the answer is not a JSON object");
  reply({{.body = "<html>"}});
  EXPECT_THAT(call(options()), HasSubstr("SageMaker DescribeTrainingJob:1: not valid JSON"));
}

TEST_F(AwsClient, writes_queries_in_canonical_form) {
  EXPECT_EQ(aws::canonical_query({{"prefix", "a b/~"}, {"list-type", "2"}, {"uploads", ""}}),
            "list-type=2&prefix=a%20b%2F~&uploads=");
  EXPECT_EQ(aws::canonical_query({{"x-y", "1"}, {"x", "2"}}), "x=2&x-y=1");
}

}  // namespace
}  // namespace quantbench::test
