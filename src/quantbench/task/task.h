#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/json.h"
#include "quantbench/base/parameter.h"
#include "quantbench/base/registry.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/metric/registry.h"
#include "quantbench/preprocess/tokenizer.h"
#include "quantbench/runtime/session.h"

namespace quantbench::task {

/// What a task needs from spec and checkpoint to turn samples into features and logits into
/// predictions.
struct TaskContext {
  std::filesystem::path model_directory;
  Json config;                        ///< the checkpoint's config.json
  std::vector<std::string> labels;    ///< id2label
  Json data_keys;                     ///< {"primary": "sentence", "secondary": ...}
  std::vector<std::string> ref_keys;  ///< exactly one
  Json task_args;                     ///< {"is_regression": false}
  /// The model's inputs; empty: the usual inputs of exported checkpoints.
  std::vector<runtime::InputInfo> inputs;
};

/// An output that a task reads.
struct WantedOutput {
  std::string name;                 ///< as transformers and our export call it: "logits"
  std::vector<std::int64_t> shape;  ///< -1: any size
};

/// Named model inputs of one forward pass, batch axis 1, unpadded unless the model takes inputs of
/// one length only. Without TaskContext::inputs, a task makes every input it knows, and the caller
/// keeps those that the session needs (`select_inputs`).
struct Features {
  std::vector<runtime::NamedTensor> inputs;
  /// The source of the tokens (words, bytes of the text), if predictions refer to it.
  preprocess::Encoding encoding;
};

class Task;

/// A sample that cannot be used, whatever the model: a damaged image, a question longer than the
/// model's input. It costs this sample, not the evaluation of all others.
class UnusableSample : public Error {
 public:
  using Error::Error;
};

/// Turns samples into features, and logits into predictions, for one data set. Several threads may
/// call all members at the same time.
class Processor {
 public:
  virtual ~Processor() = default;
  /// The task that made this processor.
  virtual const Task& task() const = 0;
  /// One entry per forward pass of the sample: one for most tasks, one per window for
  /// question-answering. Throws UnusableSample; Error for what is wrong with all samples.
  virtual std::vector<Features> features(const dataset::Example& example) const = 0;
  /// Whether samples can be unusable, so that `check` must see each before anything is measured.
  virtual bool needs_check() const { return false; }
  /// Throws what `features` would, at less cost if possible.
  virtual void check(const dataset::Example& /*example*/) const {}
  /// The prediction that counts for a sample without features; nullopt: the sample is left out.
  virtual std::optional<Json> prediction_if_unusable(const dataset::Example& /*example*/) const {
    return std::nullopt;
  }
  /// What people should know of this data set when they read the figures, a sentence each.
  virtual std::vector<std::string> remarks() const { return {}; }
  /// Size of the raw sample in bytes. It limits the samples that are read ahead.
  virtual std::size_t cost(const dataset::Example& example) const = 0;
  /// Turns the outputs of a sample's forward passes into a prediction for its metrics. Outputs have
  /// batch axis 1, and padding at the end if the sample shared a batch.
  virtual Json prediction(const std::vector<std::vector<runtime::Tensor>>& outputs,
                          const std::vector<Features>& features,
                          const dataset::Example& example) const = 0;
  virtual Json reference(const dataset::Example& example) const = 0;
  /// The outputs that `prediction` gets, in order (find_outputs). Empty: all of the model's.
  virtual std::vector<WantedOutput> outputs() const { return {}; }
  /// Names of the ids, by id, if predictions and references are lists of ids. A sample has many
  /// tags; as names they would take most of an evaluation's memory.
  virtual std::vector<std::string> tags() const { return {}; }
  /// Joins several forward passes into one padded batch (only with an explicit eval_batch_size
  /// above 1).
  virtual std::vector<runtime::NamedTensor> collate(
      const std::vector<const Features*>& features) const = 0;
  /// How to pad calibration samples, and the maximum number of tokens (0: no limit, or no tokens).
  virtual std::int64_t pad_token_id() const { return 0; }
  virtual std::size_t longest_input() const { return 0; }
};

/// A registered metric and one of its figures.
struct MetricChoice {
  std::string metric;
  std::string figure;  ///< empty: all figures, under their own names
};

/// How data sets usually call the columns that a task reads, for whoever must find them.
struct UsualColumns {
  /// Columns of the data keys, the required keys first and then the optional ones, each in their
  /// order; the most usual columns first. A shorter list leaves optional keys out.
  std::vector<std::vector<std::string>> data = {};
  /// Columns of the label, the most usual first.
  std::vector<std::string> label = {};
  /// Whether a cell can be one of a data key, or of the label. Empty: any cell can.
  std::function<bool(const Json& cell)> can_be_data = {};
  std::function<bool(const Json& cell)> can_be_label = {};
};

/// What follows from a model and its samples where a spec does not say it.
struct Implied {
  Json task_args = Json::object();
  std::string metric = {};  ///< empty: the first of default_metrics
};

/// One task of the spec: text-classification, ...
class Task {
 public:
  virtual ~Task() = default;
  /// What it does, as a noun phrase.
  virtual std::string summary() const { return {}; }
  /// Heads of its models: what stands after "For" in the class names of transformers
  /// ("SequenceClassification").
  virtual std::vector<std::string> heads() const { return {}; }
  /// Its keys of the spec's `task_args`.
  virtual Parameters args() const { return {}; }
  /// Checks columns and labels of the split against the model (label2id alignment by name), and
  /// makes a processor, which must not outlive the task. Checks the text and the label of every row
  /// before any measurement; look_at_samples (first_look.h) checks the rest. Throws Error: missing
  /// column (with the nearest name), label not in label2id (with file and line), ...
  virtual std::unique_ptr<Processor> prepare(const TaskContext& context,
                                             const dataset::Split& split) const = 0;
  virtual std::vector<std::string> required_data_keys() const = 0;
  virtual std::vector<std::string> optional_data_keys() const = 0;
  virtual std::vector<std::string> default_metrics() const = 0;
  virtual UsualColumns usual_columns() const { return {}; }
  /// `config`: the model's config.json. `labels`: cells of the label's column.
  virtual Implied implied(const Json& /*config*/, const std::vector<Json>& /*labels*/) const {
    return {};
  }
  /// A label that the sample could have, right or wrong: a stand-in in a data set without labels.
  virtual Json possible_label(const TaskContext& /*context*/,
                              const dataset::Example& /*example*/) const {
    return 0;
  }
  /// A prediction of its processor as the cell of a label's column.
  virtual Json as_label(const Json& prediction) const { return prediction; }
  /// What a metric's name in the spec means for this task: "f1" is seqeval's overall_f1 for token
  /// classification and SQuAD's f1 for question answering. Throws Error for an unknown name.
  virtual MetricChoice metric(const std::string& name) const;
  /// The rows for an evaluation of `samples` samples (0: all): the first ones, unless the task
  /// overrides this.
  virtual dataset::Subset subset(std::size_t samples) const { return {samples, std::nullopt}; }
  /// Columns that its processor reads: the columns of data_keys and ref_keys, and those that the
  /// task knows by name. `prepare` reports errors in them.
  virtual std::vector<std::string> columns(const TaskContext& context) const;
  /// Random timing input, as in the reference: input_ids uniform in [0, 1000), masks and type ids
  /// all ones, shape [batch_size, input_length]; pixel_values uniform in [0, 1), shape [batch_size,
  /// channels, height, width] with the model's own image_size. The numbers are the same every time.
  /// A model of one size only gets that size. Throws Error if the model has fewer positions than
  /// `input_length`.
  virtual std::vector<runtime::NamedTensor> timing_inputs(
      const std::vector<runtime::InputInfo>& wanted, std::int64_t batch_size,
      std::int64_t input_length, const Json& config) const = 0;
  /// The size of a model's inputs where `input_length` does not say it: "224 x 224" for images.
  /// Empty: inputs have the length that input_length says. `wanted`: the inputs of an ONNX model,
  /// which may declare a size; of a checkpoint, none.
  virtual std::string input_size(const std::vector<runtime::InputInfo>& /*wanted*/,
                                 const Json& /*config*/) const {
    return {};
  }
  /// A sentence for the report if the timed input of a model with these inputs differs from
  /// `input_length`; else empty.
  virtual std::string timing_remark(const std::vector<runtime::InputInfo>& /*wanted*/,
                                    std::int64_t /*input_length*/, const Json& /*config*/) const {
    return {};
  }
};

using TaskRegistry = Registry<Task>;
void register_builtin_tasks(TaskRegistry& registry);
TaskRegistry& tasks();

/// The inputs among `given` that the session needs, in its order. Throws Error if one is missing.
std::vector<runtime::NamedTensor> select_inputs(const std::vector<runtime::NamedTensor>& given,
                                                const std::vector<runtime::InputInfo>& wanted);

/// Metrics of the spec, or the task's default metrics if the spec names none.
std::vector<std::string> metrics_or_default(const Task& task, std::vector<std::string> metrics);

/// Throws Error unless the task knows every metric and each is defined for the model's labels. This
/// is cheap: call it before the evaluation.
void check_metrics(const Task& task, const std::vector<std::string>& metrics,
                   const std::vector<std::string>& labels);

struct EvaluationOptions {
  std::vector<std::string> metrics;
  /// 1: every sample alone and without padding, as in the reference. Above 1: this many consecutive
  /// samples share a batch, padded to the longest, like batch_size of the transformers pipeline.
  /// The result of a dynamic quantizer then depends on the other samples.
  std::size_t eval_batch_size = 1;
  /// With eval_batch_size 1: samples with the same number of tokens share a forward, without
  /// padding. Only for models whose rows are independent (runtime::rows_are_independent): the
  /// result then equals the result of every sample alone, up to float32 rounding.
  bool join_equal_lengths = false;
  /// Parallel streams (0: one per core).
  std::size_t streams = 0;
  /// Called from worker threads, one at a time, with the number of finished samples.
  std::function<void(std::size_t done, std::size_t total)> progress;
};

/// Result of an evaluation.
///
/// The time figures follow the definitions of `evaluate`. total_time_in_seconds is the wall time
/// from the first raw sample to the last prediction, with tokenization but without metrics.
/// samples_per_second is samples / total time; latency_in_seconds is total time / samples. With
/// several streams, samples overlap. latency_in_seconds is then NOT the time of one sample, which
/// takes about `streams` times as long. `seconds_per_sample` is the real time of one sample.
struct Evaluation {
  /// Figures of the metrics, and total_time_in_seconds, samples_per_second, latency_in_seconds.
  std::map<std::string, double> figures;
  /// Figure -> what each sample adds to it (metric::Metric::outcomes). A sample that is left out
  /// adds {0, 0}.
  std::map<std::string, metric::Outcomes> outcomes;
  /// Samples that the figures are about.
  std::size_t samples = 0;
  /// Samples that could not be used and are left out.
  std::size_t left_out = 0;
  /// What people should know when they read the figures, a sentence each.
  std::vector<std::string> remarks;
  /// One per sample, in data set order; null for a sample that is left out.
  std::vector<Json> predictions;
  /// Names of the ids in `predictions`, if these are lists of ids (Processor::tags).
  std::vector<std::string> tags;
  /// Streams that ran at the same time.
  std::size_t streams = 1;
  /// Mean time from a raw sample to its prediction inside its stream, in seconds (its share of the
  /// batch's time when several share one).
  double seconds_per_sample = 0;
};

/// Evaluates a session (opened single-threaded; streams call it in parallel, longest sample first)
/// on a split. `labels` are the model's class names by id. Throws Error: unknown metric, metric
/// undefined for these classes, empty split, no sample that can be used, and what samples and
/// session throw, with file and line of the sample.
Evaluation evaluate(const runtime::Session& session, const Processor& processor,
                    const dataset::Split& split, const std::vector<std::string>& labels,
                    const EvaluationOptions& options);

}  // namespace quantbench::task
