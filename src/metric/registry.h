#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/base/registry.h"

namespace quantbench::metric {

/// What a metric sees: one entry a sample, in data set order. Classification: class ids. Token
/// classification: lists of label names. Question answering: objects as the SQuAD script reads
/// them.
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
  virtual std::map<std::string, double> compute(const Input& input) const = 0;
};

using MetricRegistry = Registry<Metric>;
void register_builtin_metrics(MetricRegistry& registry);
MetricRegistry& metrics();

}  // namespace quantbench::metric
