#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "quantbench/calibrate/batches.h"
#include "quantbench/calibrate/calibrate.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/spec/spec.h"
#include "quantbench/task/task.h"

namespace quantbench::engine {

/// Which samples calibrate, and how they are put together.
struct CalibrationSource {
  dataset::Source source;
  std::string split;
  /// Number of samples from the split (see calibration_subset).
  std::size_t samples = 0;
  bool pad_to_max_length = true;
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

/// The method a spec's `calibration` asks for.
calibrate::Method calibration_method(const spec::CalibrationSpec& spec);

Json to_json(const calibrate::Method& method);
calibrate::Method method_from_json(const Json& json);

}  // namespace quantbench::engine
