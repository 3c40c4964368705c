#include "quantbench/aws/logs.h"

#include "quantbench/aws/service_error.h"
#include "quantbench/base/utf8.h"

namespace quantbench::aws {

namespace {

constexpr const char* kGroup = "/aws/sagemaker/TrainingJobs";

/// A list of objects, whatever else the answer holds.
std::vector<Json> objects_of(const Json& answer, const char* name) {
  std::vector<Json> out;
  const auto found = answer.find(name);
  if (found == answer.end() || !found->is_array()) return out;
  for (const Json& each : *found) {
    if (each.is_object()) out.push_back(each);
  }
  return out;
}

}  // namespace

Json JobLog::call(const std::string& operation, const Json& input) {
  return client_.call("logs", "CloudWatch Logs", "Logs_20140328." + operation, input, job_);
}

bool JobLog::find_stream() {
  try {
    const Json answer =
        call("DescribeLogStreams", {{"logGroupName", kGroup}, {"logStreamNamePrefix", job_ + "/"}});
    for (const Json& stream : objects_of(answer, "logStreams")) {
      stream_ = value_or<std::string>(stream, "logStreamName", "", "CloudWatch Logs");
      if (!stream_.empty()) return true;
    }
  } catch (const ServiceError& error) {
    // The first job of an account makes the group.
    if (!error.is_missing()) throw;
  }
  return false;
}

std::vector<std::string> JobLog::next() {
  if (stream_.empty() && !find_stream()) return {};
  std::vector<std::string> lines;
  while (true) {
    Json input = {{"logGroupName", kGroup}, {"logStreamName", stream_}, {"startFromHead", true}};
    if (!token_.empty()) input["nextToken"] = token_;
    const Json answer = call("GetLogEvents", input);
    for (const Json& event : objects_of(answer, "events")) {
      lines.push_back(visible(value_or<std::string>(event, "message", "", "CloudWatch Logs")));
    }
    // The same token again: there is no more now.
    const std::string next =
        value_or<std::string>(answer, "nextForwardToken", token_, "CloudWatch Logs");
    if (next == token_) return lines;
    token_ = next;
  }
}

}  // namespace quantbench::aws
