#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "quantbench/aws/client.h"

namespace quantbench::aws {

/// A training job, as DescribeTrainingJob tells of it.
struct TrainingJob {
  std::string name;
  std::string arn;
  /// InProgress, Completed, Failed, Stopping or Stopped.
  std::string status;
  /// "Starting", "Downloading", "Training", "MaxRuntimeExceeded", ...
  std::string secondary_status;
  /// Of a failed job; at most 1024 characters.
  std::string failure_reason;
  std::string instance_type;
  /// Seconds that are billed so far; 0 before it trains.
  std::int64_t billable_seconds = 0;

  bool has_ended() const {
    return status == "Completed" || status == "Failed" || status == "Stopped";
  }
};

/// A job of a listing.
struct TrainingJobSummary {
  std::string name;
  std::string status;
};

/// Amazon SageMaker training jobs
/// (https://docs.aws.amazon.com/sagemaker/latest/APIReference). All functions throw ServiceError,
/// Interrupted and Error.
class SageMaker {
 public:
  explicit SageMaker(Client& client) : client_(client) {}

  /// `request`: the body of CreateTrainingJob. Returns the job's ARN. A try whose answer was lost
  /// may have made the job: the next one is then told that the name is taken, and the ARN of that
  /// job is returned.
  std::string create(const Json& request);
  TrainingJob describe(const std::string& name);
  /// Does nothing when the job has ended.
  void stop(const std::string& name);
  /// Jobs whose names contain `text`, however many there are.
  std::vector<TrainingJobSummary> list(const std::string& text);

 private:
  Json call(const std::string& operation, const Json& input, const std::string& subject);

  Client& client_;
};

}  // namespace quantbench::aws
