#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/calibrate/batches.h"
#include "quantbench/calibrate/parameters.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/graph/model.h"
#include "quantbench/plan/task_data.h"
#include "quantbench/task/task.h"

namespace quantbench::stages {

/// Which samples calibrate, and how they are put together.
struct CalibrationSource {
  dataset::Source source;
  std::string split;
  /// Number of samples from the split (see calibration_subset).
  std::size_t samples = 0;
  bool pad_to_max_length = true;
  /// Tokens that max_length stands for; nullopt: the most that an input can have.
  std::optional<std::int64_t> max_length = std::nullopt;
  /// The rows as this seed shuffles them (spec::Spec::sample_seed); nullopt: as the task takes
  /// them.
  std::optional<std::uint32_t> sample_seed = {};
  /// Of these samples only those that counted in the reference (its last shard of four).
  bool reference = false;
};

/// The rows for calibration: the same as for an evaluation of this number of samples, so images,
/// which data sets sort by class, are shuffled. With protocol reference, the first rows.
dataset::Subset calibration_subset(const std::string& task, const CalibrationSource& source);

/// Samples ready for batching.
struct CalibrationSamples {
  std::vector<calibrate::Sample> samples;
  calibrate::BatchOptions batching;
  /// "the last of 4 shards counts: 25 of 100 samples", when that is so.
  std::vector<std::string> notes;
};

/// Reads the split and makes the task's features of its samples, as the reference does: batch 8,
/// padded to the tokenizer's model_max_length. Throws Error: what data set, task and tokenizer
/// throw; no sample is left.
CalibrationSamples load_calibration_samples(const std::string& task,
                                            const task::TaskContext& context,
                                            const CalibrationSource& source);

/// Content hash of these rows (dataset::content_hash).
std::string hash_of_rows(const std::string& task, const CalibrationSource& source);

/// The samples of a stage whose parameters name its task and, by content hash, its rows. Throws
/// Error as well when the rows changed since it was planned.
CalibrationSamples samples_of_stage(const plan::TaskParams& task, const std::string& dataset,
                                    const std::filesystem::path& checkpoint,
                                    const graph::Model& model, const CalibrationSource& source);

/// Of these samples, those that a calibration wants.
void take_samples(CalibrationSource& source, const calibrate::Calibration& calibration);

}  // namespace quantbench::stages
