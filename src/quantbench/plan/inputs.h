#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/spec/spec.h"
#include "quantbench/task/task.h"

namespace quantbench::plan {

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
  /// Of the files beside the checkpoint that decide what the model is given: tokenizer and image
  /// processor.
  std::string preprocessing_hash;
  /// Metrics of the spec, or the task's default metrics.
  std::vector<std::string> metrics;
  /// What the first look at the samples found, a sentence each (task::look_at_samples).
  std::vector<std::string> remarks;
};

/// Opens checkpoint and data set and checks that they fit each other, the task, the metrics and the
/// input lengths. Throws Error: these faults are the user's to mend, and no row could be right.
/// `strict`: a sample that cannot be used is one of them.
Inputs inspect_inputs(const spec::Spec& spec, bool strict);

/// What the spec says of the task, for the identity of stages that use it: task, task_args,
/// data_keys, ref_keys.
Json task_identity(const spec::Spec& spec);

/// The task's view of the run, from such an identity.
task::TaskContext task_context(const checkpoint::Checkpoint& checkpoint, const Json& identity);

/// Rows of a split, and what makes features of them.
struct TaskSamples {
  dataset::Split split;
  std::unique_ptr<task::Processor> processor;
};

/// Compares what a stage read with what its key says, once the stage has read it: figures of a file
/// that was replaced in the meantime must not be kept under the key of the old content. Throws
/// Error naming the place.
void require_unchanged(const std::string& hash_now, const std::string& hash_of_key,
                       const std::string& where);

/// Opens those rows of a split, and of them the columns that the task looks at. Throws Error: what
/// dataset::load_split and Task::prepare throw.
TaskSamples open_samples(const task::Task& task, const task::TaskContext& context,
                         const dataset::Source& source, const std::string& split,
                         dataset::Subset rows);

}  // namespace quantbench::plan
