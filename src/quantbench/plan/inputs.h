#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/hub/onnx_files.h"
#include "quantbench/spec/spec.h"

namespace quantbench::plan {

/// What a run starts from, looked at once before anything is planned.
struct Inputs {
  /// Has config.json and the files of tokenizer and image processor.
  std::filesystem::path model_directory;
  std::string model_hash;
  /// The ONNX model; empty: a checkpoint is exported.
  std::filesystem::path onnx;
  std::string onnx_hash;  ///< of its content
  std::string model_type;
  Json config;
  std::vector<std::string> labels;
  std::string evaluation_hash;
  std::size_t evaluation_samples = 0;
  /// Of the model's inputs (task::Task::input_size).
  std::string input_size;
  Json machine;
  std::string machine_key;
  /// Cores that the run may use on that machine.
  std::int64_t usable_cores = 1;
  /// Of a machine that is not this one: framework -> its facts there, or {"error": why it cannot
  /// run}. Empty: this machine is asked.
  Json runtimes = Json::object();
  /// Of the files beside the checkpoint that decide what the model is given: tokenizer and image
  /// processor.
  std::string preprocessing_hash;
  /// Metrics of the spec, or the task's default metrics.
  std::vector<std::string> metrics;
  /// What the first look at the samples found, a sentence each (task::look_at_samples).
  std::vector<std::string> remarks;
};

/// Sets what the plan depends on of the machine that measures: measure::machine_facts.
void set_machine(Inputs& inputs, const Json& facts);

/// Facts of a framework on the machine that measures (runtime::Runtime::facts). Throws Error where
/// it cannot run there.
Json runtime_facts(const Inputs& inputs, const std::string& framework);

/// The facts of all frameworks on this machine, as Inputs::runtimes has them.
Json all_runtime_facts();

/// What the spec says of the model's files.
hub::ModelChoice model_choice(const spec::Spec& spec);

/// What concerns the model and this machine alone, for stages that read no samples: the data set is
/// not looked for. Throws Error.
Inputs inspect_model(const spec::Spec& spec);

/// Opens model and data set and checks that they fit each other, the task, the metrics and the
/// input lengths. Throws Error: these faults are the user's to mend, and no row could be right.
/// `strict`: a sample that cannot be used is one of them.
Inputs inspect_inputs(const spec::Spec& spec, bool strict);

}  // namespace quantbench::plan
