#include "quantbench/backend/sagemaker/job_request.h"

namespace quantbench::backend::sagemaker {

namespace {

Json channel(const char* name, const aws::S3Uri& from) {
  return {{"ChannelName", name},
          {"DataSource",
           {{"S3DataSource",
             {{"S3DataType", "S3Prefix"},
              {"S3Uri", from.text() + "/"},
              {"S3DataDistributionType", "FullyReplicated"}}}}}};
}

/// SageMaker takes no empty argument.
std::string name_or_dot(const std::string& name) { return name.empty() ? "." : name; }

}  // namespace

Json job_request(const Shard& shard, const Job& job, const RunDescription& run,
                 const Arguments& arguments, const Places& places) {
  const std::string& instance = arguments.instance_type.front();
  Json channels = Json::array({channel("run", places.run()), channel("model", places.model()),
                               channel("dataset", places.dataset())});
  if (arguments.program) channels.push_back(channel("program", places.program()));
  return {
      {"TrainingJobName", job.name},
      {"RoleArn", arguments.role_arn},
      {"AlgorithmSpecification",
       {{"TrainingImage", arguments.image},
        {"TrainingInputMode", "File"},
        {"ContainerEntrypoint",
         {"sh", "-c", R"(exec sh "${SAGEMAKER_BASE_DIR:-/opt/ml}/input/data/run/start.sh" "$@")",
          "quantbench"}},
        {"ContainerArguments",
         {shard.name, std::to_string(job.attempt), instance,
          name_or_dot(name_in_channel(run.model)), name_or_dot(name_in_channel(run.dataset))}}}},
      {"InputDataConfig", channels},
      {"OutputDataConfig", {{"S3OutputPath", places.jobs().text()}}},
      {"CheckpointConfig", {{"S3Uri", places.out().text()}, {"LocalPath", "/opt/ml/checkpoints"}}},
      {"ResourceConfig",
       {{"InstanceType", instance},
        {"InstanceCount", 1},
        {"VolumeSizeInGB", arguments.volume_size}}},
      {"StoppingCondition", {{"MaxRuntimeInSeconds", arguments.max_runtime}}}};
}

}  // namespace quantbench::backend::sagemaker
