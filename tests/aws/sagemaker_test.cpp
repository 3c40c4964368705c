#include "quantbench/aws/sagemaker.h"

#include <gtest/gtest.h>

#include "aws/aws_fixture.h"
#include "quantbench/aws/logs.h"

namespace quantbench::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class AwsSageMaker : public AwsTest {
 protected:
  AwsSageMaker() { use_keys(); }

  /// Answers by operation.
  void reply(std::map<std::string, LoopbackReply> replies) {
    answer = [replies](const LoopbackRequest& request) {
      const std::string target = request.header("x-amz-target");
      return replies.at(target.substr(target.find('.') + 1));
    };
  }

  static LoopbackReply refused(const std::string& code, const std::string& message) {
    return {.status = 400, .body = R"({"__type":")" + code + R"(","message":")" + message + "\"}"};
  }

  static LoopbackReply job(const std::string& status) {
    return {.body =
                R"({"TrainingJobName":"j","TrainingJobArn":"arn:j","TrainingJobStatus":")" +
                status +
                R"(","SecondaryStatus":"Training","FailureReason":"AlgorithmError: x",)"
                R"("ResourceConfig":{"InstanceType":"ml.m5.large"},"BillableTimeInSeconds":61})"};
  }
};

TEST_F(AwsSageMaker, a_job_is_described) {
  reply({{"DescribeTrainingJob", job("Failed")}});
  aws::Client client(options());
  const aws::TrainingJob found = aws::SageMaker(client).describe("j");
  EXPECT_EQ(found.arn, "arn:j");
  EXPECT_EQ(found.failure_reason, "AlgorithmError: x");
  EXPECT_EQ(found.instance_type, "ml.m5.large");
  EXPECT_EQ(found.billable_seconds, 61);
  EXPECT_TRUE(found.has_ended());
}

TEST_F(AwsSageMaker, a_job_that_a_lost_try_made_is_found) {
  aws::Client client(options());
  for (const auto& refusal :
       {refused("ResourceInUse", "Training job names must be unique within an AWS account"),
        refused("ValidationException", "Training job names must be unique")}) {
    reply({{"CreateTrainingJob", refusal}, {"DescribeTrainingJob", job("InProgress")}});
    EXPECT_EQ(aws::SageMaker(client).create({{"TrainingJobName", "j"}}), "arn:j");
  }
  reply({{"CreateTrainingJob", refused("ResourceLimitExceeded", "The account-level limit is 0")}});
  EXPECT_THAT(message_of([&] {
                aws::SageMaker(client).create({{"TrainingJobName", "j"}});
              }),
              HasSubstr("j: SageMaker CreateTrainingJob failed: The account-level limit is 0 "
                        "(ResourceLimitExceeded, 400)"));
}

TEST_F(AwsSageMaker, stopping_a_job_that_has_ended_is_no_error) {
  const auto refusal = refused("ValidationException", "The request was rejected");
  aws::Client client(options());
  reply({{"StopTrainingJob", refusal}, {"DescribeTrainingJob", job("Completed")}});
  EXPECT_EQ(message_of([&] { aws::SageMaker(client).stop("j"); }), "nothing was thrown");
  reply({{"StopTrainingJob", refusal}, {"DescribeTrainingJob", job("InProgress")}});
  EXPECT_THAT(message_of([&] { aws::SageMaker(client).stop("j"); }), HasSubstr("was rejected"));
  reply({{"StopTrainingJob", {}}});
  EXPECT_EQ(message_of([&] { aws::SageMaker(client).stop("j"); }), "nothing was thrown");
}

TEST_F(AwsSageMaker, a_listing_goes_on_to_its_end) {
  answer = [](const LoopbackRequest& request) -> LoopbackReply {
    const bool first = request.body.find("NextToken") == std::string::npos;
    const std::string entry = R"([{"TrainingJobName":"qb-)" + std::string(first ? "1" : "2") +
                              R"(","TrainingJobStatus":"InProgress"}])";
    return {.body = R"({"TrainingJobSummaries":)" + entry + (first ? R"(,"NextToken":"n"})" : "}")};
  };
  aws::Client client(options());
  const auto jobs = aws::SageMaker(client).list("qb-");
  ASSERT_THAT(jobs, SizeIs(2));
  EXPECT_EQ(jobs[1].name, "qb-2");
  EXPECT_THAT(server.requests().at(0).body, HasSubstr(R"("NameContains":"qb-")"));
}

TEST_F(AwsSageMaker, answers_of_another_shape_are_one_line) {
  aws::Client client(options());
  for (const char* body : {"{}", R"({"TrainingJobSummaries": 1})",
                           R"({"TrainingJobSummaries":[1]})", R"({"TrainingJobSummaries":[{}]})"}) {
    reply({{"ListTrainingJobs", {.body = body}}});
    EXPECT_THAT(message_of([&] { aws::SageMaker(client).list("x"); }),
                HasSubstr("SageMaker ListTrainingJobs"));
  }
}

TEST_F(AwsSageMaker, the_log_of_a_job_is_followed) {
  std::vector<std::string> lines;
  bool has_group = false;
  bool has_stream = false;
  answer = [&](const LoopbackRequest& request) -> LoopbackReply {
    const Json input = Json::parse(request.body);
    if (request.header("x-amz-target") == "Logs_20140328.DescribeLogStreams") {
      if (!has_group) return refused("ResourceNotFoundException", "no group");
      Json streams = Json::array();
      if (has_stream) streams.push_back({{"logStreamName", "j/algo-1-5"}});
      return {.body = Json{{"logStreams", streams}}.dump()};
    }
    const std::size_t from =
        input.contains("nextToken") ? std::stoul(input["nextToken"].get<std::string>()) : 0;
    Json events = Json::array();
    for (std::size_t i = from; i < lines.size(); ++i) events.push_back({{"message", lines[i]}});
    return {
        .body =
            Json{{"events", events}, {"nextForwardToken", std::to_string(lines.size())}}.dump()};
  };
  aws::Client client(options());
  aws::JobLog log(client, "j");
  EXPECT_THAT(log.next(), SizeIs(0));
  has_group = true;
  EXPECT_THAT(log.next(), SizeIs(0));
  has_stream = true;
  lines = {"one", "two\x1b[31m"};
  EXPECT_THAT(log.next(), ElementsAre("one", "two\\x1b[31m"));
  EXPECT_THAT(log.next(), SizeIs(0));
  lines.push_back("three");
  EXPECT_THAT(log.next(), ElementsAre("three"));
}

}  // namespace
}  // namespace quantbench::test
