#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>

#include "quantbench/backend/arguments.h"
#include "quantbench/backend/backend.h"
#include "quantbench/backend/sagemaker/arguments.h"
#include "quantbench/backend/sagemaker/inputs.h"
#include "quantbench/backend/sagemaker/job_request.h"
#include "quantbench/backend/sagemaker/outputs.h"
#include "quantbench/backend/sagemaker/start_script.h"
#include "quantbench/base/file.h"
#include "quantbench/base/hash.h"
#include "support/loopback_server.h"
#include "support/message_of.h"

namespace quantbench::backend {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

Json arguments() {
  return {{"instance_type", "ml.m5.2xlarge"},
          {"s3_uri", "s3://bucket/bench"},
          {"role_arn", "arn:aws:iam::111122223333:role/quantbench-job"},
          {"image", "repository/quantbench:1"}};
}

const Backend& sagemaker_backend() { return backends().get("sagemaker-training"); }

std::string refusal(const std::string& key, const Json& value) {
  Json given = arguments();
  given[key] = value;
  return quantbench::test::message_of([&] { checked_arguments(sagemaker_backend(), given); });
}

TEST(SageMakerTraining, runs_only_where_it_is_asked_for_and_shows_no_account) {
  EXPECT_TRUE(sagemaker_backend().must_be_asked_for());
  const Json given = checked_arguments(sagemaker_backend(), arguments());
  EXPECT_EQ(shown_arguments(sagemaker_backend(), given),
            (Json{{"instance_type", Json::array({"ml.m5.2xlarge"})},
                  {"supported_instructions", Json::array()}}));
  EXPECT_EQ(sagemaker_backend().max_jobs(given), 1U);
}

TEST(SageMakerTraining, refuses_arguments_that_cannot_work_with_the_key) {
  EXPECT_THAT(refusal("s3_uri", "bucket/bench"),
              HasSubstr("backend_args.s3_uri: 'bucket/bench' is not an address of S3"));
  EXPECT_THAT(refusal("role_arn", "quantbench-job"), HasSubstr("is not the ARN of a role"));
  EXPECT_THAT(refusal("instance_type", "m5.large"), HasSubstr("is not an instance type"));
  EXPECT_THAT(refusal("instance_type", Json::array()), HasSubstr("backend_args.instance_type"));
  EXPECT_THAT(refusal("region", "Ohio"), HasSubstr("'Ohio' is not a region"));
  EXPECT_THAT(refusal("program", "/nowhere"), HasSubstr("/nowhere"));
  EXPECT_THAT(refusal("max_runtime", 5), HasSubstr("backend_args.max_runtime"));
  const std::string message = refusal("endpoint_url", "ftp://user:PASSWORD@host");
  EXPECT_THAT(message, HasSubstr("backend_args.endpoint_url: not an http or https address"));
  EXPECT_THAT(message, Not(HasSubstr("PASSWORD")));
  Json given = arguments();
  given.erase("image");
  EXPECT_THAT(quantbench::test::message_of([&] { checked_arguments(sagemaker_backend(), given); }),
              HasSubstr("missing key 'backend_args.image'"));
}

TEST(SageMakerTraining, takes_the_arguments_of_the_cards) {
  // As card 002 has them.
  Json given = arguments();
  given["supported_instructions"] = nullptr;
  const Json checked = checked_arguments(sagemaker_backend(), given);
  EXPECT_TRUE(sagemaker_backend().wanted_instructions(checked).empty());
  EXPECT_EQ(checked.at("supported_instructions"), Json());
}

TEST(SageMakerTraining, measures_on_each_kind_of_instance) {
  Json given = arguments();
  given["instance_type"] = {"ml.m5.large", "ml.c7i.large"};
  const auto variants = sagemaker_backend().variants(checked_arguments(sagemaker_backend(), given));
  ASSERT_EQ(variants.size(), 2U);
  EXPECT_EQ(variants[1]["instance_type"], Json::array({"ml.c7i.large"}));
  EXPECT_EQ(variants[1]["image"], given["image"]);
}

TEST(SageMakerTraining, asks_for_a_job_with_a_limit_and_no_credentials) {
  const TemporaryDirectory scratch;
  write_text(scratch.path() / "model.onnx", "m");
  fs::create_directory(scratch.path() / "data");
  RunDescription run;
  run.run_id = "0123456789ab";
  run.model = scratch.path() / "model.onnx";
  run.dataset = scratch.path() / "data";
  Shard shard;
  shard.name = "all";
  const sagemaker::Arguments args =
      sagemaker::fields().read(checked_arguments(sagemaker_backend(), arguments()));
  const Json request = sagemaker::job_request(shard, {"all", 2, "qb-0123456789ab-all-a2", ""}, run,
                                              args, sagemaker::Places(args, run.run_id));
  EXPECT_EQ(request["TrainingJobName"], "qb-0123456789ab-all-a2");
  EXPECT_EQ(request["StoppingCondition"]["MaxRuntimeInSeconds"], 14400);
  EXPECT_EQ(request["ResourceConfig"]["InstanceType"], "ml.m5.2xlarge");
  EXPECT_EQ(request["CheckpointConfig"]["S3Uri"], "s3://bucket/bench/0123456789ab/out");
  EXPECT_EQ(request["AlgorithmSpecification"]["ContainerArguments"],
            (Json{"all", "2", "ml.m5.2xlarge", "model.onnx", "."}));
  EXPECT_EQ(request["InputDataConfig"].size(), 3U);
  EXPECT_FALSE(request.contains("Environment"));
  // SageMaker's limit of one argument.
  for (const Json& part : request["AlgorithmSpecification"]["ContainerEntrypoint"]) {
    EXPECT_LE(part.get<std::string>().size(), 256U);
  }
}

/// start.sh with a program that is a shell script.
class StartScript : public ::testing::Test {
 protected:
  StartScript() {
    write_text(base() / "input/data/run/start.sh", sagemaker::start_script());
    fs::create_directories(base() / "output");
  }
  fs::path base() const { return scratch_.path() / "opt ml"; }
  void program(const fs::path& file, const std::string& body) const {
    write_text(file, "#!/bin/sh\n" + body + "\n");
  }
  int run(const std::string& arguments) const {
    const std::string command = "PATH='" + (scratch_.path() / "bin").string() +
                                "':/usr/bin:/bin SAGEMAKER_BASE_DIR='" + base().string() +
                                "' sh '" + (base() / "input/data/run/start.sh").string() + "' " +
                                arguments + " >'" + (scratch_.path() / "log").string() + "' 2>&1";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string log() const { return read_text(scratch_.path() / "log"); }

  TemporaryDirectory scratch_;
};

TEST_F(StartScript, gives_the_program_the_places_of_its_channels) {
  program(scratch_.path() / "bin/quantbench", "printf '%s\\n' \"$@\"");
  ::chmod((scratch_.path() / "bin/quantbench").c_str(), 0755);
  EXPECT_EQ(run("all 2 ml.m5.large 'my model.onnx' ."), 0);
  const std::string data = base().string() + "/input/data";
  EXPECT_THAT(log(), HasSubstr("shard\n" + data +
                               "/run/shards/all.json\n--attempt\n2\n--node\n"
                               "ml.m5.large\n--output\n" +
                               base().string() + "/checkpoints\n--cache\n"));
  EXPECT_THAT(log(), HasSubstr("--model\n" + data + "/model/my model.onnx\n--dataset\n" + data +
                               "/dataset\n"));
  EXPECT_FALSE(fs::exists(base() / "output/failure"));
}

TEST_F(StartScript, makes_the_uploaded_program_executable) {
  program(base() / "input/data/program/bin/quantbench", "echo uploaded");
  EXPECT_EQ(run("all 1 n m d"), 0);
  EXPECT_EQ(log(), "uploaded\n");
}

TEST_F(StartScript, leaves_the_last_line_of_a_failure_within_SageMakers_limit) {
  program(base() / "input/data/program/quantbench",
          "echo 'loading' >&2; printf 'error: %02000d\\n\\n' 1 >&2; exit 2");
  EXPECT_EQ(run("all 1 n m d"), 2);
  const std::string failure = read_text(base() / "output/failure");
  EXPECT_EQ(failure.size(), 900U);
  EXPECT_THAT(failure, ::testing::StartsWith("error: 0000"));
  EXPECT_THAT(log(), HasSubstr("loading\n"));
}

TEST_F(StartScript, passes_SIGTERM_on_and_waits_for_the_end) {
  program(base() / "input/data/program/quantbench",
          "trap 'sleep 0.3; echo kept; exit 130' TERM; echo ready; "
          "while :; do sleep 0.05; done");
  const std::string kill = "all 1 n m d & pid=$!; sleep 1; kill -TERM $pid; wait $pid; echo $?";
  EXPECT_EQ(run(kill + " >'" + (scratch_.path() / "status").string() + "'; true"), 0);
  EXPECT_EQ(read_text(scratch_.path() / "status"), "130\n");
}

/// A bucket in memory.
class SageMakerFiles : public ::testing::Test {
 protected:
  SageMakerFiles() {
    ::setenv("no_proxy", "127.0.0.1", 1);
    options_.variable = [](const char* name) -> std::optional<std::string> {
      const std::string text = name;
      if (text == "AWS_ACCESS_KEY_ID" || text == "AWS_SECRET_ACCESS_KEY") return "key";
      return std::nullopt;
    };
    options_.region = "us-east-1";
    options_.endpoint = server_.url();
    run_.run_id = "0123456789ab";
    args_.s3_uri = "s3://bucket/p";
    for (const char* name : {"all", "time-1x8"}) {
      Shard shard;
      shard.name = name;
      run_.shards.push_back(shard);
    }
  }

  quantbench::test::LoopbackReply serve(const quantbench::test::LoopbackRequest& request) {
    const std::string top = "/bucket/p/0123456789ab/";
    if (request.method == "PUT") {
      objects_[request.path.substr(top.size())] = request.body;
      return {};
    }
    if (request.query.find("list-type=2") != std::string::npos) {
      std::string body = "<ListBucketResult><IsTruncated>false</IsTruncated>";
      const std::string prefix = request.query.substr(request.query.find("0123456789ab%2F") + 15);
      for (const auto& [key, content] : objects_) {
        if (!key.starts_with(prefix.substr(0, prefix.find("%2F")))) continue;
        body += "<Contents><Key>p/0123456789ab/" + key + "</Key><Size>1</Size><ETag>" +
                sha256(content) + "</ETag></Contents>";
      }
      return {.body = body + "</ListBucketResult>"};
    }
    const auto found = objects_.find(request.path.substr(top.size()));
    if (found == objects_.end()) return {.status = 404};
    ++gets_;
    return {.body = found->second};
  }

  std::vector<std::string> local_files() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator(scratch_.path())) {
      if (entry.is_regular_file()) {
        out.push_back(entry.path().lexically_relative(scratch_.path()).string());
      }
    }
    return out;
  }

  TemporaryDirectory scratch_;
  std::map<std::string, std::string> objects_;
  int gets_ = 0;
  quantbench::test::LoopbackServer server_{[this](const auto& request) { return serve(request); }};
  aws::Options options_;
  RunDescription run_;
  sagemaker::Arguments args_;
};

TEST_F(SageMakerFiles, of_the_jobs_are_fetched_once_and_only_those_that_are_theirs) {
  const std::string key(64, 'a');
  objects_ = {{"out/results/" + key + ".json", "{}"},
              {"out/results/." + key + "-x1y2.json", "half"},
              {"out/results/../../evil.json", "x"},
              {"out/results/short.json", "x"},
              {"out/done/all.json", "{}"},
              {"out/done/other.json", "x"},
              {"out/progress/time-1x8.json", "1"},
              {"out/elsewhere.json", "x"}};
  const RunDirectory directory(scratch_.path());
  aws::Client client(options_);
  aws::S3 s3(client);
  const sagemaker::Places places(args_, run_.run_id);
  sagemaker::Outputs outputs(s3, places, directory, run_);
  outputs.fetch();
  EXPECT_THAT(local_files(), UnorderedElementsAre("results/" + key + ".json", "done/all.json",
                                                  "progress/time-1x8.json"));
  EXPECT_EQ(gets_, 3);
  objects_["out/progress/time-1x8.json"] = "2";
  objects_["out/results/" + key + ".json"] = "{\"second\": 1}";
  outputs.fetch();
  EXPECT_EQ(gets_, 4);
  EXPECT_EQ(read_text(directory.progress_file("time-1x8")), "2");
  EXPECT_EQ(read_text(directory.results() / (key + ".json")), "{}");
}

/// The backend's own jobs, with SageMaker's answers to DescribeTrainingJob.
class SageMakerStates : public ::testing::Test {
 protected:
  SageMakerStates() {
    ::setenv("no_proxy", "127.0.0.1", 1);
    ::setenv("AWS_ACCESS_KEY_ID", "key", 1);
    ::setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    context_.description.run_id = "0123456789ab";
    Json given = arguments();
    given["endpoint_url"] = server_.url();
    given["region"] = "us-east-1";
    context_.description.backend_args = checked_arguments(sagemaker_backend(), given);
  }
  ~SageMakerStates() override {
    ::unsetenv("AWS_ACCESS_KEY_ID");
    ::unsetenv("AWS_SECRET_ACCESS_KEY");
  }

  quantbench::test::LoopbackReply serve(const quantbench::test::LoopbackRequest& request) {
    if (request.query.find("uploaded") != std::string::npos) {
      return {.body =
                  "<ListBucketResult><Contents><Key>bench/0123456789ab/uploaded</Key>"
                  "<Size>0</Size></Contents></ListBucketResult>"};
    }
    if (request.method == "GET") return {.body = "<ListBucketResult/>"};
    operations_.push_back(request.header("x-amz-target"));
    if (operations_.back().starts_with("Logs_")) return {.body = R"({"logStreams": []})"};
    return answer_;
  }

  State poll(const std::string& status, const std::string& secondary,
             const std::string& reason = {}) {
    const Json body = {{"TrainingJobName", "qb-1-all-a1"}, {"TrainingJobArn", "arn:job"},
                       {"TrainingJobStatus", status},      {"SecondaryStatus", secondary},
                       {"FailureReason", reason},          {"ResourceConfig", Json::object()}};
    answer_ = {.body = body.dump()};
    return poll();
  }
  State poll() { return sagemaker_backend().open(context_)->poll({job_}).at("qb-1-all-a1"); }

  const Job job_{"all", 1, "qb-1-all-a1", ""};
  TemporaryDirectory scratch_;
  quantbench::test::LoopbackReply answer_;
  std::vector<std::string> operations_;
  quantbench::test::LoopbackServer server_{[this](const auto& request) { return serve(request); }};
  RunContext context_{RunDirectory(scratch_.path()), {}, {}};
};

TEST_F(SageMakerStates, of_a_job_are_those_of_its_scheduler) {
  EXPECT_EQ(poll("InProgress", "Starting").kind, State::Kind::kWaiting);
  EXPECT_EQ(poll("InProgress", "Starting").reason, "Starting");
  EXPECT_EQ(poll("InProgress", "Training").kind, State::Kind::kRunning);
  EXPECT_EQ(poll("InProgress", "Training").id, "arn:job");
  EXPECT_EQ(poll("Stopping", "Stopping").kind, State::Kind::kRunning);
  EXPECT_EQ(poll("Completed", "Completed").kind, State::Kind::kEnded);
  const State stopped = poll("Stopped", "MaxRuntimeExceeded");
  EXPECT_EQ(stopped.kind, State::Kind::kEnded);
  EXPECT_EQ(stopped.reason, "MaxRuntimeExceeded");
  EXPECT_EQ(poll("Failed", "Failed", "AlgorithmError: x").reason, "AlgorithmError: x");
}

TEST_F(SageMakerStates, of_an_unknown_job_is_gone_and_a_refusal_is_one_line) {
  answer_ = {
      .status = 400,
      .body = R"({"__type":"ValidationException","message":"Requested resource not found."})"};
  EXPECT_EQ(poll().kind, State::Kind::kGone);
  answer_ = {.status = 400, .body = R"({"__type":"AccessDeniedException","message":"Not you."})"};
  EXPECT_THAT(
      quantbench::test::message_of([&] { poll(); }),
      HasSubstr("SageMaker DescribeTrainingJob failed: Not you (AccessDeniedException, 400)"));
}

TEST_F(SageMakerStates, of_a_job_whose_part_has_ended_are_left_to_itself) {
  answer_ = {};
  const auto jobs = sagemaker_backend().open(context_);
  jobs->cancel({job_});
  EXPECT_THAT(operations_, ElementsAre("SageMaker.StopTrainingJob"));
  write_text(context_.directory.done_file("all"), to_line(record_to_json(ShardEnd{})));
  jobs->cancel({job_});
  EXPECT_EQ(operations_.size(), 1U);
}

TEST_F(SageMakerFiles, that_the_jobs_need_are_uploaded_once) {
  const fs::path run_files = scratch_.path() / "run";
  write_text(run_files / "run.json", "{}");
  write_text(run_files / "shards/all.json", "{}");
  write_text(run_files / "shards/time-1x8.json", "{}");
  write_text(scratch_.path() / "blob", "weights");
  write_text(scratch_.path() / "model/config.json", "{}");
  write_text(scratch_.path() / "model/.git/HEAD", "x");
  fs::create_symlink(scratch_.path() / "blob", scratch_.path() / "model/model.safetensors");
  write_text(scratch_.path() / "data.csv", "a,b");
  run_.model = scratch_.path() / "model";
  run_.dataset = scratch_.path() / "data.csv";
  aws::Client client(options_);
  aws::S3 s3(client);
  const sagemaker::Places places(args_, run_.run_id);
  const auto upload = [&] {
    sagemaker::upload_inputs(s3, places, RunDirectory(run_files), run_, args_);
  };
  upload();
  std::vector<std::string> keys;
  for (const auto& [key, content] : objects_) keys.push_back(key);
  EXPECT_THAT(keys, ElementsAre("dataset/data.csv", "model/config.json", "model/model.safetensors",
                                "run/run.json", "run/shards/all.json", "run/shards/time-1x8.json",
                                "run/start.sh", "uploaded"));
  EXPECT_EQ(objects_["model/model.safetensors"], "weights");
  objects_.erase("model/config.json");
  upload();
  EXPECT_FALSE(objects_.contains("model/config.json"));
}

}  // namespace
}  // namespace quantbench::backend
