#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/spec/spec.h"
#include "quantbench/task/task.h"

namespace quantbench::engine {

/// What a run starts from, looked at once before anything is planned.
struct Inputs {
  std::filesystem::path model_directory;
  std::string model_hash;
  std::string model_type;
  Json config;
  std::vector<std::string> labels;
  std::string evaluation_hash;
  std::size_t evaluation_samples = 0;
  Json machine;
  std::string machine_key;
};

/// Opens checkpoint and data set and checks that they fit each other, the task, the metrics and the
/// input lengths. Throws Error: these faults are the user's to mend, and no row could be right.
Inputs inspect_inputs(const spec::Spec& spec);

/// What the task needs to know of the run.
task::TaskContext task_context(const spec::Spec& spec, const Inputs& inputs);

}  // namespace quantbench::engine
