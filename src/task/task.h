#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/base/registry.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/metric/registry.h"
#include "quantbench/runtime/session.h"

namespace quantbench::task {

/// What a task needs to turn samples into features and logits into predictions. Taken from spec and
/// checkpoint.
struct TaskContext {
  std::filesystem::path model_directory;
  Json config;                        ///< the checkpoint's config.json
  std::vector<std::string> labels;    ///< id2label
  Json data_keys;                     ///< {"primary": "sentence", "secondary": ...}
  std::vector<std::string> ref_keys;  ///< exactly one
  Json task_args;                     ///< {"is_regression": false}
};

/// Model inputs of one sample, batch axis 1, unpadded, named; the task gives every input it knows
/// and the caller keeps those the session asks for.
struct Features {
  std::vector<runtime::NamedTensor> inputs;
  /// Cost estimate for longest-first scheduling (tokens).
  std::size_t length = 0;
};

/// Samples -> features, logits -> predictions, for one data set.
class Processor {
 public:
  virtual ~Processor() = default;
  virtual Features features(const dataset::Example& example) const = 0;
  /// Outputs of one sample (batch axis 1) -> prediction as its metrics want it.
  virtual Json prediction(const std::vector<runtime::Tensor>& outputs,
                          const dataset::Example& example) const = 0;
  virtual Json reference(const dataset::Example& example) const = 0;
  /// Joins several samples' features to one padded batch (only with an explicit eval_batch_size
  /// above 1).
  virtual std::vector<runtime::NamedTensor> collate(
      const std::vector<const Features*>& features) const = 0;
};

/// One task of the spec: text-classification, ...
class Task {
 public:
  virtual ~Task() = default;
  /// Checks columns and labels of the split against the model (label2id alignment by name) and
  /// prepares a processor. Throws Error: missing column (with the nearest), label not in label2id,
  /// ...
  virtual std::unique_ptr<Processor> prepare(const TaskContext& context,
                                             const dataset::Split& split) const = 0;
  virtual std::vector<std::string> required_data_keys() const = 0;
  virtual std::vector<std::string> optional_data_keys() const = 0;
  virtual std::vector<std::string> default_metrics() const = 0;
  /// Random timing input as the reference makes it: input_ids uniform in [0, 1000), masks and type
  /// ids all ones (pixel_values uniform in [0, 1)), shape [batch_size, input_length].
  virtual std::vector<runtime::NamedTensor> timing_inputs(
      const std::vector<runtime::InputInfo>& wanted, std::int64_t batch_size,
      std::int64_t input_length, const Json& config) const = 0;
};

using TaskRegistry = Registry<Task>;
void register_builtin_tasks(TaskRegistry& registry);
TaskRegistry& tasks();

struct EvaluationOptions {
  std::vector<std::string> metrics;
  /// 1: every sample alone and unpadded, as the reference sees it.
  std::size_t eval_batch_size = 1;
  /// Parallel streams (0: one a core).
  std::size_t streams = 0;
  /// Called from worker threads with samples done so far.
  std::function<void(std::size_t done, std::size_t total)> progress;
};

struct Evaluation {
  /// Figures of the metrics, and total_time_in_seconds, samples_per_second, latency_in_seconds as
  /// `evaluate` has them.
  std::map<std::string, double> figures;
  std::size_t samples = 0;
  std::vector<Json> predictions;
};

/// Evaluates a session (opened single-threaded; streams call it in parallel, longest sample first)
/// on a split.
Evaluation evaluate(const runtime::Session& session, const Processor& processor,
                    const dataset::Split& split, const std::vector<std::string>& labels,
                    const EvaluationOptions& options);

}  // namespace quantbench::task
