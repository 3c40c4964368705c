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

/// Which of two values of a figure is the better one.
enum class Better { kHigher, kLower };

/// What one figure of a metric means to its readers.
struct Figure {
  std::string name;  ///< "overall_f1"
  Better better = Better::kHigher;
  /// The size of what people call a point: 0.01 of a figure between 0 and 1, 1 of one in per cent;
  /// 0 for a figure without points (an error).
  double point = 0.01;
  /// Whether it is a mean over the samples of values between 0 and 100 points, or nearly one (F1).
  /// Its noise is then taken for binomial where the samples' parts are not known (a card).
  bool is_share = false;
  /// The figure that people mean by the metric's name. One figure of each metric has it.
  bool is_headline = true;
};

/// What one sample adds to a figure that is a ratio of two sums over the samples. To accuracy, a
/// right sample adds {1, 1} and a wrong one {0, 1}; to F1, a sample adds {2 tp, 2 tp + fp + fn}. A
/// sample that does not count adds {0, 0}.
struct Part {
  double numerator = 0;
  double denominator = 0;

  /// 0 if it divides by 0, as in scikit-learn's default.
  double ratio() const { return denominator == 0 ? 0.0 : numerator / denominator; }
  Part& operator+=(const Part& other) {
    numerator += other.numerator;
    denominator += other.denominator;
    return *this;
  }
  bool operator==(const Part&) const = default;
};

/// The part of each sample, in data set order. The ratio of their sums is the figure, as a
/// fraction.
using Outcomes = std::vector<Part>;

/// A metric gives one or more named figures, with the names of the `evaluate` library: accuracy ->
/// {"accuracy"}, seqeval -> {"overall_precision", ...}. Figures are fractions in [0, 1], or percent
/// if the reference uses percent (SQuAD).
class Metric {
 public:
  virtual ~Metric() = default;
  /// Throws Error if a figure is not defined for the input.
  virtual std::map<std::string, double> compute(const Input& input) const = 0;
  /// Every figure that it may give, in the order in which cards list them.
  virtual std::vector<Figure> figures() const = 0;
  /// Of figures that are a ratio of two sums over the samples, or that behave like one to first
  /// order: the part of each sample. With them two models that saw the same samples can be compared
  /// pair by pair.
  virtual std::map<std::string, Outcomes> outcomes([[maybe_unused]] const Input& input) const {
    return {};
  }
  /// Throws Error if the metric is not defined for these classes (binary f1 of three classes). This
  /// check runs before an evaluation that may take an hour.
  virtual void check([[maybe_unused]] const std::vector<std::string>& labels) const {}
};

using MetricRegistry = Registry<Metric>;
void register_builtin_metrics(MetricRegistry& registry);
MetricRegistry& metrics();

}  // namespace quantbench::metric
