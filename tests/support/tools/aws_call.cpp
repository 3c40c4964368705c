// aws_call: reads one JSON request a line, writes one JSON answer a line, by the client of
// src/quantbench/aws. For tests/oracle/test_aws.py.
//
//   {"call": "put", "uri": "s3://..", "text": ".."}       {"call": "put_file", "uri", "file"}
//   {"call": "get", "uri"}                                {"call": "get_file", "uri", "file"}
//   {"call": "list", "uri"}  {"call": "exists", "uri"}    {"call": "remove", "uri"}
//   {"call": "create", "request": {..}}                   {"call": "describe", "name"}
//   {"call": "stop", "name"}  {"call": "jobs", "text"}    {"call": "log", "name"}
//   {"call": "source"}
//
// "options" of a request: profile, region, endpoint, multipart_from, part_bytes, list_page.
#include <iostream>

#include "quantbench/aws/logs.h"
#include "quantbench/aws/s3.h"
#include "quantbench/aws/sagemaker.h"
#include "quantbench/base/error.h"
#include "quantbench/base/json.h"

using namespace quantbench;

namespace {

aws::Options read_options(const Json& given) {
  aws::Options options;
  options.profile = given.value("profile", options.profile);
  options.region = given.value("region", options.region);
  options.endpoint = given.value("endpoint", options.endpoint);
  options.multipart_from = given.value("multipart_from", options.multipart_from);
  options.part_bytes = given.value("part_bytes", options.part_bytes);
  options.list_page = given.value("list_page", options.list_page);
  return options;
}

Json call_s3(const std::string& call, const Json& request, aws::Client& client) {
  aws::S3 s3(client);
  const aws::S3Uri uri = aws::S3Uri::parse(request.at("uri"));
  if (call == "put") {
    s3.put(uri, request.at("text").get<std::string>());
  } else if (call == "put_file") {
    s3.put_file(uri, request.at("file").get<std::string>());
  } else if (call == "get") {
    return s3.get(uri);
  } else if (call == "get_file") {
    s3.get_file(uri, request.at("file").get<std::string>());
  } else if (call == "exists") {
    return s3.exists(uri);
  } else if (call == "remove") {
    s3.remove(uri);
  } else if (call == "list") {
    Json keys = Json::array();
    for (const aws::S3Object& each : s3.list(uri)) keys.push_back(each.key);
    return keys;
  } else {
    throw Error("unknown call");
  }
  return true;
}

Json call_jobs(const std::string& call, const Json& request, aws::Client& client) {
  aws::SageMaker sagemaker(client);
  if (call == "create") return sagemaker.create(request.at("request"));
  if (call == "describe") {
    const aws::TrainingJob job = sagemaker.describe(request.at("name"));
    return {{"status", job.status},
            {"secondary_status", job.secondary_status},
            {"failure_reason", job.failure_reason}};
  }
  if (call == "stop") {
    sagemaker.stop(request.at("name"));
    return true;
  }
  if (call == "log") return aws::JobLog(client, request.at("name")).next();
  Json names = Json::array();
  for (const auto& job : sagemaker.list(request.at("text"))) names.push_back(job.name);
  return names;
}

Json answer(const Json& request) {
  aws::Client client(read_options(request.value("options", Json::object())));
  const std::string call = request.at("call");
  if (call == "source") return client.credential_source();
  return request.contains("uri") ? call_s3(call, request, client)
                                 : call_jobs(call, request, client);
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    Json result;
    try {
      result = Json{{"answer", answer(parse_json(line, "request"))}};
    } catch (const Error& error) {
      result = Json{{"error", error.what()}};
    }
    std::cout << result.dump() << std::endl;
  }
}
