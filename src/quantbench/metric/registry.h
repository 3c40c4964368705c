#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/base/registry.h"

namespace quantbench::metric {

/// Input of a metric: one entry per sample, in data set order. Classification: class ids.
/// Regression: numbers. Token classification: lists of tags, each its id in `labels` or its name.
/// Question answering: objects as in the SQuAD script: {"id", "prediction_text"} and {"id",
/// "answers": {"text": [...]}}.
struct Input {
  std::vector<Json> predictions;
  std::vector<Json> references;
  /// Class names by id, if the task has classes.
  std::vector<std::string> labels;
};

/// A metric gives one or more named figures, with the names of the `evaluate` library: accuracy ->
/// {"accuracy"}, seqeval -> {"overall_precision", ...}. Figures are fractions in [0, 1], or percent
/// if the reference uses percent (SQuAD).
class Metric {
 public:
  virtual ~Metric() = default;
  /// Throws Error if a figure is not defined for the input.
  virtual std::map<std::string, double> compute(const Input& input) const = 0;
  /// Throws Error if the metric is not defined for these classes (binary f1 of three classes). This
  /// check runs before an evaluation that may take an hour.
  virtual void check([[maybe_unused]] const std::vector<std::string>& labels) const {}
};

using MetricRegistry = Registry<Metric>;
void register_builtin_metrics(MetricRegistry& registry);
MetricRegistry& metrics();

}  // namespace quantbench::metric
