#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/aws/options.h"
#include "quantbench/base/fields.h"

namespace quantbench::backend::sagemaker {

/// backend_args of sagemaker-training.
struct Arguments {
  std::vector<std::string> instance_type;
  std::vector<std::string> supported_instructions;
  std::string s3_uri;
  std::string role_arn;
  std::string image;
  std::optional<std::string> region;
  std::optional<std::string> program;
  std::int64_t max_runtime = 14400;
  std::int64_t volume_size = 30;
  std::optional<std::string> profile;
  std::optional<std::string> endpoint_url;
  std::int64_t max_jobs = 1;
  std::int64_t retries = 1;
  double grace = 60;
};

Fields<Arguments> fields();

/// What no single value tells. Throws Error naming the key.
void check(const Arguments& arguments);

/// How AWS is reached with these arguments. `cancel` may be nullptr.
aws::Options options_of(const Arguments& arguments, const std::atomic<bool>* cancel);

}  // namespace quantbench::backend::sagemaker
