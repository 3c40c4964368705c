#include "quantbench/stages/common/calibration_samples.h"

#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/runtime/model_interface.h"
#include "quantbench/task/first_look.h"

namespace quantbench::stages {

namespace {

constexpr std::size_t kBatchSize = 8;

}  // namespace

dataset::Subset calibration_subset(const std::string& task, const CalibrationSource& source) {
  if (source.reference) return {source.samples, std::nullopt};
  return plan::evaluated_rows(task::tasks().get(task), source.samples, source.sample_seed);
}

CalibrationSamples load_calibration_samples(const std::string& task,
                                            const task::TaskContext& context,
                                            const CalibrationSource& source) {
  const auto [split, processor] =
      plan::open_samples(task::tasks().get(task), context, source.source, source.split,
                         calibration_subset(task, source));

  CalibrationSamples out;
  out.batching.batch_size = kBatchSize;
  std::vector<std::size_t> indices;
  if (source.reference) {
    indices = calibrate::samples_of_last_shard(split.size());
    out.notes.push_back("protocol: reference: only the last of 4 shards counts, " +
                        std::to_string(indices.size()) + " of " + std::to_string(split.size()) +
                        " samples");
  } else {
    for (std::size_t i = 0; i < split.size(); ++i) indices.push_back(i);
  }
  if (split.size() < source.samples) {
    out.notes.push_back("split '" + source.split + "' has only " + std::to_string(split.size()) +
                        " of the " + std::to_string(source.samples) +
                        " calibration samples asked for");
  }
  // Read together, and so in the order of the files: a shuffle jumps about in them.
  const std::vector<dataset::Example> rows = split.read();
  for (const std::size_t index : indices) {
    std::vector<task::Features> features = processor->features(rows[index]);
    // The reference cut a long context off where the default takes every window of it.
    if (source.reference && features.size() > 1) features.resize(1);
    for (task::Features& pass : features) out.samples.push_back(std::move(pass.inputs));
  }
  if (out.samples.empty()) {
    throw Error("no calibration sample is left", "calibration.num_calibration_samples",
                source.reference ? "at least 4 with protocol: reference" : "at least 1");
  }
  out.batching.pad_token_id = processor->pad_token_id();
  out.batching.fixed_batch = static_cast<std::size_t>(runtime::fixed_batch(context.inputs));
  if (source.pad_to_max_length) {
    out.batching.pad_to = source.max_length ? static_cast<std::size_t>(*source.max_length)
                                            : processor->longest_input();
  }
  return out;
}

std::string hash_of_rows(const std::string& task, const CalibrationSource& source) {
  return dataset::content_hash(source.source, source.split, calibration_subset(task, source));
}

CalibrationSamples samples_of_stage(const plan::TaskParams& task, const std::string& dataset,
                                    const std::filesystem::path& checkpoint,
                                    const graph::Model& model, const CalibrationSource& source) {
  task::TaskContext context =
      plan::task_context(checkpoint::ModelDirectory::open(checkpoint), task);
  context.inputs = runtime::interface_of(model).inputs;
  CalibrationSamples samples = load_calibration_samples(task.task, context, source);
  plan::require_unchanged(hash_of_rows(task.task, source), dataset, source.source.path);
  return samples;
}

void take_samples(CalibrationSource& source, const calibrate::Calibration& calibration) {
  source.samples = static_cast<std::size_t>(calibration.num_calibration_samples);
  source.pad_to_max_length = calibration.calibration_padding == calibrate::Padding::kMaxLength;
  source.max_length = calibration.max_length;
}

}  // namespace quantbench::stages
