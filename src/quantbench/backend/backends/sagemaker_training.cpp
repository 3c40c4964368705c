// Training jobs of Amazon SageMaker: CreateTrainingJob, inputs and results through S3.
// https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo.html

#include <fstream>
#include <optional>
#include <set>
#include <utility>

#include "quantbench/aws/logs.h"
#include "quantbench/aws/sagemaker.h"
#include "quantbench/aws/service_error.h"
#include "quantbench/backend/backend.h"
#include "quantbench/backend/sagemaker/arguments.h"
#include "quantbench/backend/sagemaker/inputs.h"
#include "quantbench/backend/sagemaker/job_request.h"
#include "quantbench/backend/sagemaker/outputs.h"
#include "quantbench/execute/run.h"

namespace quantbench::backend {

namespace {

/// Runs `body`. Where AWS cannot be reached the Error is Unreachable, and an interruption is
/// Cancelled.
template <typename Body>
decltype(auto) reaching(const Body& body) {
  try {
    return body();
  } catch (const Interrupted&) {
    throw execute::Cancelled();
  } catch (const aws::NoAnswer& error) {
    throw Unreachable(error.problem(), error.where(), error.hint());
  } catch (const aws::ServiceError& error) {
    // Of a limit of instances, jobs that run may be in the way.
    if (!error.passing() && error.code() != "ResourceLimitExceeded") throw;
    throw Unreachable(error.problem(), error.where(), error.hint());
  }
}

State state_of(const aws::TrainingJob& job) {
  State state;
  state.id = job.arn;
  state.node = job.instance_type;
  state.reason = job.secondary_status;
  if (job.has_ended()) {
    state.kind = State::Kind::kEnded;
    if (!job.failure_reason.empty()) state.reason = job.failure_reason;
  } else if (job.secondary_status == "Training" || job.secondary_status == "Uploading" ||
             job.status == "Stopping") {
    state.kind = State::Kind::kRunning;
  } else {
    state.kind = State::Kind::kWaiting;
  }
  return state;
}

class SageMakerJobs final : public Jobs {
 public:
  explicit SageMakerJobs(const RunContext& context)
      : context_(context),
        arguments_(sagemaker::fields().read(context.description.backend_args)),
        client_(sagemaker::options_of(arguments_, context.cancel)),
        s3_(client_),
        sagemaker_(client_),
        places_(arguments_, context.description.run_id),
        outputs_(s3_, places_, context.directory, context.description) {
    reaching([&] {
      sagemaker::upload_inputs(s3_, places_, context.directory, context.description, arguments_);
      forget_faults();
    });
  }

  /// Jobs that it comes after are not waited for: it has a machine of its own, and makes what it
  /// does not find.
  std::string submit(const Shard& shard, const Job& job, const std::vector<Job>&) override {
    const Json request = sagemaker::job_request(shard, job, context_.description,
                                                sagemaker::fields().read(shard.args), places_);
    return reaching([&] { return sagemaker_.create(request); });
  }

  std::map<std::string, State> poll(const std::vector<Job>& jobs) override {
    std::map<std::string, State> states;
    bool has_ended = false;
    for (const Job& job : jobs) {
      State& state = states[job.name];
      try {
        state = reaching([&] { return state_of(sagemaker_.describe(job.name)); });
        followed_.insert({job.name, job});
        has_ended = has_ended || state.kind == State::Kind::kEnded;
      } catch (const aws::ServiceError& error) {
        if (!error.is_missing()) throw;
        state.kind = State::Kind::kGone;
      } catch (const Unreachable& error) {
        state.reason = error.problem();
      }
    }
    // What it wrote last is in S3 before SageMaker calls it ended.
    if (has_ended) fetch();
    return states;
  }

  void cancel(const std::vector<Job>& jobs) override {
    for (const Job& job : jobs) {
      // It ends by itself, and SageMaker then shows why it failed.
      if (context_.directory.end_of(job.shard)) continue;
      try {
        reaching([&] { sagemaker_.stop(job.name); });
      } catch (const aws::ServiceError& error) {
        if (!error.is_missing()) throw;
      }
    }
  }

  void fetch() override {
    try {
      reaching([&] { outputs_.fetch(); });
      is_away_ = false;
    } catch (const Unreachable& error) {
      if (!std::exchange(is_away_, true)) warn(error.what());
    }
    for (const auto& [name, job] : followed_) follow(job);
  }

 private:
  struct Log {
    std::optional<aws::JobLog> lines;
    std::ofstream file;
  };

  /// A fault that was told here before stands in the way of the job that tries once more: it would
  /// find its part ended.
  void forget_faults() {
    for (const Shard& shard : context_.description.shards) {
      const auto end = context_.directory.end_of(shard.name);
      if (!end || end->fault.empty()) continue;
      s3_.remove(places_.out() / "done" / (shard.name + ".json"));
    }
  }

  void warn(const std::string& text) const {
    if (context_.warn) context_.warn(text);
  }

  /// The log is a convenience: without the permission to read it the run goes on.
  void follow(const Job& job) {
    if (logs_refused_) return;
    Log& log = logs_[job.name];
    if (!log.lines) {
      const std::filesystem::path file = context_.directory.log_file(job.shard, job.attempt);
      std::error_code ignored;
      std::filesystem::create_directories(file.parent_path(), ignored);
      log.lines.emplace(client_, job.name);
      log.file.open(file, std::ios::trunc);
    }
    try {
      for (const std::string& line : reaching([&] { return log.lines->next(); })) {
        log.file << line << '\n';
      }
      log.file.flush();
    } catch (const Unreachable&) {
      // Later.
    } catch (const aws::ServiceError& error) {
      logs_refused_ = true;
      warn(std::string("logs are not followed: ") + error.what());
    }
  }

  const RunContext& context_;
  sagemaker::Arguments arguments_;
  aws::Client client_;
  aws::S3 s3_;
  aws::SageMaker sagemaker_;
  sagemaker::Places places_;
  sagemaker::Outputs outputs_;
  std::map<std::string, Job> followed_;
  std::map<std::string, Log> logs_;
  bool is_away_ = false;
  bool logs_refused_ = false;
};

class SageMakerTraining final : public Backend {
 public:
  std::string summary() const override { return "training jobs of Amazon SageMaker"; }
  bool must_be_asked_for() const override { return true; }
  Parameters parameters() const override { return sagemaker::fields().parameters(); }
  std::vector<std::string> public_parameters() const override {
    return {"instance_type", "supported_instructions"};
  }
  void check(const Json& args) const override { sagemaker::check(read(args)); }

  std::vector<Json> variants(const Json& args) const override {
    std::vector<Json> out;
    for (const std::string& type : read(args).instance_type) {
      out.push_back(args);
      out.back()["instance_type"] = Json::array({type});
    }
    return out;
  }
  std::vector<std::string> wanted_instructions(const Json& args) const override {
    return read(args).supported_instructions;
  }
  std::size_t max_jobs(const Json& args) const override {
    return static_cast<std::size_t>(read(args).max_jobs);
  }
  int retries(const Json& args) const override { return static_cast<int>(read(args).retries); }
  double grace_seconds(const Json& args) const override { return read(args).grace; }

  std::unique_ptr<Jobs> open(const RunContext& context) const override {
    return std::make_unique<SageMakerJobs>(context);
  }

 private:
  static sagemaker::Arguments read(const Json& args) { return sagemaker::fields().read(args); }
};

}  // namespace

void register_sagemaker_training(BackendRegistry& registry) {
  registry.add("sagemaker-training", std::make_unique<SageMakerTraining>());
}

}  // namespace quantbench::backend
