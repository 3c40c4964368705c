#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "quantbench/checkpoint/model_source.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/task/task.h"

// Samples without labels. The predictions of the original stand in for labels: a figure of them is
// the agreement with the original, which says less than accuracy, because a sample on which both
// models are wrong counts as right.

namespace quantbench::search {

/// The column of these labels.
inline constexpr const char* kOriginalsColumn = "prediction_of_the_original";

/// The samples in memory, each with a label that it could have (task::Task::possible_label), for a
/// processor that wants labels. `context.ref_keys` names kOriginalsColumn.
dataset::Split with_stand_ins(const task::Task& task, const task::TaskContext& context,
                              const dataset::Split& split);

/// The model whose predictions are the labels.
struct Original {
  checkpoint::ModelSource model;
  std::string task;  ///< its name in a spec
  std::vector<std::string> labels;
};

/// Runs the original on the samples, each alone, and writes them to `file` (JSON lines) with its
/// predictions as labels. `columns`: what else is kept of a sample. Leaves out samples that cannot
/// be used, and returns the number of the others. Throws Error: what task::evaluate throws; an
/// image that lies inside a data file.
std::size_t write_with_predictions(const Original& original, const task::Processor& processor,
                                   const dataset::Split& split,
                                   const std::vector<std::string>& columns,
                                   const std::filesystem::path& file);

}  // namespace quantbench::search
