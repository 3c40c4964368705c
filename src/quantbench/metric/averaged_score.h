#pragma once

#include <cstdint>
#include <string>

#include "quantbench/metric/registry.h"

namespace quantbench::metric {

/// How often a class was predicted rightly, predicted wrongly, and missed.
struct Counts {
  std::int64_t true_positives = 0;
  std::int64_t false_positives = 0;
  std::int64_t false_negatives = 0;
};

/// A score of one class. 0 where it divides by 0, as scikit-learn has it by default.
using Score = double (*)(const Counts&);
double precision(const Counts& counts);
double recall(const Counts& counts);
double f1(const Counts& counts);

/// Registers `score` four times, with the averages of scikit-learn's
/// precision_recall_fscore_support
/// (https://scikit-learn.org/stable/modules/model_evaluation.html#multiclass-and-multilabel-classification):
///
///   NAME           of class 1; defined for two classes only, as `evaluate` and scikit-learn have
///   it
///                  (average="binary", pos_label=1)
///   NAME_macro     mean over the classes that occur in predictions or references
///   NAME_micro     of the counts of all classes together
///   NAME_weighted  mean weighted by how often the class is the reference
///
/// The plain name is refused for more than two classes instead of choosing an average that the
/// reader has to guess.
void register_averages(MetricRegistry& registry, const std::string& name, Score score);

}  // namespace quantbench::metric
