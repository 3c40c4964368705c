#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/base/registry.h"

namespace quantbench::metric {

/// What a metric sees: one entry a sample, in data set order. Classification: class ids.
/// Regression: numbers. Token classification: lists of tags, each its id in `labels` or its name.
/// Question answering: objects as the SQuAD script reads them: {"id", "prediction_text"} and {"id",
/// "answers": {"text": [...]}}.
struct Input {
  std::vector<Json> predictions;
  std::vector<Json> references;
  /// Class names by id, when the task has classes.
  std::vector<std::string> labels;
};

/// A metric gives one or more named figures, as the `evaluate` library names them: accuracy ->
/// {"accuracy"}, seqeval -> {"overall_precision", ...}. Fractions in [0, 1] unless the reference
/// says per cent (SQuAD).
class Metric {
 public:
  virtual ~Metric() = default;
  /// Throws Error where the figure is not defined for the input.
  virtual std::map<std::string, double> compute(const Input& input) const = 0;
  /// Throws Error when the figure is not defined for these classes (binary f1 of three classes), so
  /// that it is known before an hour of evaluation and not after it.
  virtual void check([[maybe_unused]] const std::vector<std::string>& labels) const {}
};

using MetricRegistry = Registry<Metric>;
void register_builtin_metrics(MetricRegistry& registry);
MetricRegistry& metrics();

}  // namespace quantbench::metric
