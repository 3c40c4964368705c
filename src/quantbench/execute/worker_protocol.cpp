#include "quantbench/execute/worker_protocol.h"

#include <string>

#include "quantbench/execute/worker.h"

namespace quantbench::execute {

Json error_to_json(const Error& error) {
  return {{"problem", error.problem()}, {"where", error.where()}, {"hint", error.hint()}};
}

Error error_from_json(const Json& json) {
  return Error(require<std::string>(json, "problem", "worker"),
               require<std::string>(json, "where", "worker"),
               require<std::string>(json, "hint", "worker"));
}

Json Job::to_json() const {
  Json places = Json::array();
  for (const auto& artefact : artefacts) places.push_back(artefact.string());
  return {{"stage", stage},     {"identity", identity}, {"locations", locations},
          {"results", results}, {"artefacts", places},  {"output", output.string()}};
}

Job Job::from_json(const Json& json) {
  Job job;
  job.stage = require<std::string>(json, "stage", "job");
  job.output = require<std::string>(json, "output", "job");
  try {
    job.identity = json.at("identity");
    job.locations = json.at("locations");
    for (const Json& result : json.at("results")) job.results.push_back(result);
    for (const Json& place : json.at("artefacts")) {
      job.artefacts.emplace_back(place.get<std::string>());
    }
  } catch (const nlohmann::json::exception& error) {
    throw Error(std::string("malformed: ") + error.what(), "job");
  }
  return job;
}

}  // namespace quantbench::execute
