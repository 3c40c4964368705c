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
#include "quantbench/preprocess/tokenizer.h"
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

/// Model inputs of one forward pass, batch axis 1, unpadded, named; the task gives every input it
/// knows and the caller keeps those the session asks for (`select_inputs`).
struct Features {
  std::vector<runtime::NamedTensor> inputs;
  /// What the tokens stand for (words, bytes of the text), where predictions speak of them.
  preprocess::Encoding encoding;
};

class Task;

/// Samples -> features, logits -> predictions, for one data set. All members may be called from
/// several threads at once.
class Processor {
 public:
  virtual ~Processor() = default;
  /// The task that made it.
  virtual const Task& task() const = 0;
  /// One entry for each forward pass that the sample needs: one for most tasks, one a window for
  /// question-answering. Throws Error when the sample cannot be used.
  virtual std::vector<Features> features(const dataset::Example& example) const = 0;
  /// Bytes of the raw sample, by which those that are read ahead are limited.
  virtual std::size_t cost(const dataset::Example& example) const = 0;
  /// Outputs of each forward pass of one sample (batch axis 1, padded behind when it shared a
  /// batch) -> prediction as its metrics want it.
  virtual Json prediction(const std::vector<std::vector<runtime::Tensor>>& outputs,
                          const std::vector<Features>& features,
                          const dataset::Example& example) const = 0;
  virtual Json reference(const dataset::Example& example) const = 0;
  /// What the ids stand for, by id, where predictions and references are lists of ids: a sample has
  /// many tags, and names would take most of an evaluation's memory.
  virtual std::vector<std::string> tags() const { return {}; }
  /// Joins several forward passes to one padded batch (only with an explicit eval_batch_size
  /// above 1).
  virtual std::vector<runtime::NamedTensor> collate(
      const std::vector<const Features*>& features) const = 0;
  /// What calibration samples are padded with, and to: the most tokens one of its inputs can have
  /// (0: no limit, or no tokens).
  virtual std::int64_t pad_token_id() const { return 0; }
  virtual std::size_t longest_input() const { return 0; }
};

/// A registered metric and one of its figures.
struct MetricChoice {
  std::string metric;
  std::string figure;  ///< empty: all of them, under their own names
};

/// One task of the spec: text-classification, ...
class Task {
 public:
  virtual ~Task() = default;
  /// Checks columns and labels of the split against the model (label2id alignment by name) and
  /// prepares a processor, which must not outlive the task. Every row's text and label is checked
  /// here, before anything runs. Throws Error: missing column (with the nearest), label not in
  /// label2id (with file and line), ...
  virtual std::unique_ptr<Processor> prepare(const TaskContext& context,
                                             const dataset::Split& split) const = 0;
  virtual std::vector<std::string> required_data_keys() const = 0;
  virtual std::vector<std::string> optional_data_keys() const = 0;
  virtual std::vector<std::string> default_metrics() const = 0;
  /// What the task means by a metric's name in the spec: "f1" is seqeval's overall_f1 where tokens
  /// are classified and SQuAD's f1 where questions are answered. Throws Error for an unknown name.
  virtual MetricChoice metric(const std::string& name) const;
  /// The rows that an evaluation of `samples` samples (0: all) takes: the first ones, unless the
  /// task says otherwise.
  virtual dataset::Subset subset(std::size_t samples) const { return {samples, std::nullopt}; }
  /// Columns that its processor looks at: those that data_keys and ref_keys name, and what the
  /// task knows by a name of its own. What is wrong with them is for `prepare` to say.
  virtual std::vector<std::string> columns(const TaskContext& context) const;
  /// Random timing input as the reference makes it: input_ids uniform in [0, 1000), masks and type
  /// ids all ones (pixel_values uniform in [0, 1)), shape [batch_size, input_length]. The same
  /// numbers every time. Throws Error when the model has fewer positions than `input_length`.
  /// Images are [batch_size, channels, height, width] of the model's own image_size: it takes no
  /// other.
  virtual std::vector<runtime::NamedTensor> timing_inputs(
      const std::vector<runtime::InputInfo>& wanted, std::int64_t batch_size,
      std::int64_t input_length, const Json& config) const = 0;
  /// Where what is timed is not what `input_length` says, a sentence for the report; else empty.
  virtual std::string timing_remark(std::int64_t /*input_length*/, const Json& /*config*/) const {
    return {};
  }
};

using TaskRegistry = Registry<Task>;
void register_builtin_tasks(TaskRegistry& registry);
TaskRegistry& tasks();

/// The inputs among `given` that the session asks for, in its order. Throws Error when it asks for
/// one that is not there.
std::vector<runtime::NamedTensor> select_inputs(const std::vector<runtime::NamedTensor>& given,
                                                const std::vector<runtime::InputInfo>& wanted);

/// Metrics of a spec that may name none: then the task's own.
std::vector<std::string> metrics_or_default(const Task& task, std::vector<std::string> metrics);

/// Throws Error unless the task knows every metric and each is defined for the model's labels.
/// Costs nothing: call it before the work whose result the metrics measure.
void check_metrics(const Task& task, const std::vector<std::string>& metrics,
                   const std::vector<std::string>& labels);

struct EvaluationOptions {
  std::vector<std::string> metrics;
  /// 1: every sample alone and unpadded, as the reference sees it. Above: that many consecutive
  /// samples of the data set share a batch, padded to the longest, as the transformers pipeline
  /// does with its batch_size; a dynamic quantizer's result then depends on the neighbours.
  std::size_t eval_batch_size = 1;
  /// With eval_batch_size 1: samples of as many tokens share a forward, unpadded. For models whose
  /// result for a row does not depend on the others (runtime::rows_are_independent): it is then
  /// that of every sample alone, to float32's rounding.
  bool join_equal_lengths = false;
  /// Parallel streams (0: one a core).
  std::size_t streams = 0;
  /// Called from worker threads, one at a time, with samples done so far.
  std::function<void(std::size_t done, std::size_t total)> progress;
};

/// What an evaluation found.
///
/// The time figures follow `evaluate`'s definitions: total_time_in_seconds is the wall time from
/// the first raw sample to the last prediction (tokenization included, metrics not),
/// samples_per_second is samples / total time, latency_in_seconds is total time / samples. With
/// `streams` above 1 the last one is therefore NOT how long a sample takes: samples overlap, and
/// one takes about `streams` times as long. `seconds_per_sample` is what a sample really took.
struct Evaluation {
  /// Figures of the metrics, and total_time_in_seconds, samples_per_second, latency_in_seconds.
  std::map<std::string, double> figures;
  std::size_t samples = 0;
  /// One a sample, in data set order.
  std::vector<Json> predictions;
  /// Names of the ids in `predictions` where these are lists of ids (Processor::tags).
  std::vector<std::string> tags;
  /// Streams that ran at the same time.
  std::size_t streams = 1;
  /// Mean time from a raw sample to its prediction inside its stream, in seconds (its share of the
  /// batch's time when several share one).
  double seconds_per_sample = 0;
};

/// Evaluates a session (opened single-threaded; streams call it in parallel, longest sample first)
/// on a split. `labels` are the model's class names by id. Throws Error: unknown metric, metric
/// undefined for these classes, empty split, and what samples and session throw, with file and line
/// of the sample.
Evaluation evaluate(const runtime::Session& session, const Processor& processor,
                    const dataset::Split& split, const std::vector<std::string>& labels,
                    const EvaluationOptions& options);

}  // namespace quantbench::task
