#include "quantbench/aws/sagemaker.h"

#include "quantbench/aws/service_error.h"

namespace quantbench::aws {

Json SageMaker::call(const std::string& operation, const Json& input, const std::string& subject) {
  return client_.call("sagemaker", "SageMaker", "SageMaker." + operation, input, subject);
}

std::string SageMaker::create(const Json& request) {
  const std::string name = require<std::string>(request, "TrainingJobName", "CreateTrainingJob");
  try {
    const Json answer = call("CreateTrainingJob", request, name);
    return require<std::string>(answer, "TrainingJobArn", "SageMaker CreateTrainingJob");
  } catch (const ServiceError& error) {
    // ResourceInUse, and of some servers a ValidationException with these words.
    if (error.code() != "ResourceInUse" &&
        error.problem().find("must be unique") == std::string::npos) {
      throw;
    }
    return describe(name).arn;
  }
}

TrainingJob SageMaker::describe(const std::string& name) {
  const std::string where = "SageMaker DescribeTrainingJob";
  const Json answer = call("DescribeTrainingJob", {{"TrainingJobName", name}}, name);
  TrainingJob job;
  job.name = require<std::string>(answer, "TrainingJobName", where);
  job.arn = require<std::string>(answer, "TrainingJobArn", where);
  job.status = require<std::string>(answer, "TrainingJobStatus", where);
  job.secondary_status = value_or<std::string>(answer, "SecondaryStatus", "", where);
  job.failure_reason = value_or<std::string>(answer, "FailureReason", "", where);
  job.billable_seconds = value_or<std::int64_t>(answer, "BillableTimeInSeconds", 0, where);
  const auto resources = answer.find("ResourceConfig");
  if (resources != answer.end() && resources->is_object()) {
    job.instance_type = value_or<std::string>(*resources, "InstanceType", "", where);
  }
  return job;
}

void SageMaker::stop(const std::string& name) {
  try {
    call("StopTrainingJob", {{"TrainingJobName", name}}, name);
  } catch (const ServiceError& error) {
    if (error.code() != "ValidationException" || error.is_missing()) throw;
    // "The request was rejected because the training job is in status Completed."
    if (!describe(name).has_ended()) throw;
  }
}

std::vector<TrainingJobSummary> SageMaker::list(const std::string& text) {
  const std::string where = "SageMaker ListTrainingJobs";
  std::vector<TrainingJobSummary> jobs;
  std::string token;
  do {
    Json input = {{"NameContains", text}, {"MaxResults", 100}};
    if (!token.empty()) input["NextToken"] = token;
    const Json answer = call("ListTrainingJobs", input, text);
    const auto found = answer.find("TrainingJobSummaries");
    if (found == answer.end() || !found->is_array()) {
      throw Error("'TrainingJobSummaries' must be a list", where);
    }
    for (const Json& each : *found) {
      if (!each.is_object()) throw Error("'TrainingJobSummaries' must be a list of objects", where);
      jobs.push_back({require<std::string>(each, "TrainingJobName", where),
                      require<std::string>(each, "TrainingJobStatus", where)});
    }
    const std::string next = value_or<std::string>(answer, "NextToken", "", where);
    if (!next.empty() && next == token) throw Error("the listing does not go on", where);
    token = next;
  } while (!token.empty());
  return jobs;
}

}  // namespace quantbench::aws
