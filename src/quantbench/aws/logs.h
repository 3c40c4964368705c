#pragma once

#include <string>
#include <vector>

#include "quantbench/aws/client.h"

namespace quantbench::aws {

/// Follows what a training job prints, in CloudWatch Logs
/// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html):
/// group /aws/sagemaker/TrainingJobs, stream JOB/algo-1-NUMBER, which appears once the job trains.
class JobLog {
 public:
  /// `client` must outlive it.
  JobLog(Client& client, std::string job) : client_(client), job_(std::move(job)) {}

  /// Lines that came since the last call; empty: none yet. Throws ServiceError, Interrupted and
  /// Error.
  std::vector<std::string> next();

 private:
  bool find_stream();
  Json call(const std::string& operation, const Json& input);

  Client& client_;
  std::string job_;
  std::string stream_;
  std::string token_;
};

}  // namespace quantbench::aws
