#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/record.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/spec/spec.h"
#include "quantbench/task/task.h"

namespace quantbench::plan {

/// What the spec says of the task, for the parameters of stages that read samples.
struct TaskParams {
  std::string task;
  Json task_args;
  Json data_keys;
  std::vector<std::string> ref_keys;

  static constexpr auto fields() {
    return std::tuple(field("task", &TaskParams::task), field("task_args", &TaskParams::task_args),
                      field("data_keys", &TaskParams::data_keys),
                      field("ref_keys", &TaskParams::ref_keys));
  }
};

TaskParams task_params(const spec::Spec& spec);

/// The task's view of the run.
task::TaskContext task_context(const checkpoint::ModelDirectory& model, const TaskParams& params);

/// Where stages that read samples find model and data set.
struct TaskPlaces {
  std::filesystem::path checkpoint;
  std::string path;                 ///< of the data set
  std::optional<std::string> name;  ///< its configuration

  static constexpr auto fields() {
    return std::tuple(field("checkpoint", &TaskPlaces::checkpoint),
                      field("path", &TaskPlaces::path), field("name", &TaskPlaces::name));
  }
  dataset::Source source() const { return {path, name}; }
};

TaskPlaces task_places(const spec::Spec& spec, const std::filesystem::path& model_directory);

/// Rows of a split, and what makes features of them.
struct TaskSamples {
  dataset::Split split;
  std::unique_ptr<task::Processor> processor;
};

/// Opens those rows of a split, and of them the columns that the task looks at. Throws Error: what
/// dataset::load_split and Task::prepare throw.
TaskSamples open_samples(const task::Task& task, const task::TaskContext& context,
                         const dataset::Source& source, const std::string& split,
                         dataset::Subset rows);

/// The rows of a split that an evaluation of `samples` samples (0: all) looks at: those that the
/// task takes; with a seed, the first ones after a shuffle (spec::Spec::sample_seed).
dataset::Subset evaluated_rows(const task::Task& task, std::size_t samples,
                               std::optional<std::uint32_t> seed);

/// Compares what a stage read with what its key says, once the stage has read it: figures of a file
/// that was replaced in the meantime must not be kept under the key of the old content. Throws
/// Error naming the place.
void require_unchanged(const std::string& hash_now, const std::string& hash_of_key,
                       const std::string& where);

}  // namespace quantbench::plan
