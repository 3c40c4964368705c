#pragma once

#include <cstdint>
#include <string>

#include "quantbench/metric/registry.h"

namespace quantbench::metric {

/// How often a class was predicted correctly, predicted wrongly, and missed.
struct Counts {
  std::int64_t true_positives = 0;
  std::int64_t false_positives = 0;
  std::int64_t false_negatives = 0;
};

/// A score of one class as a fraction. The fraction of one sample's counts is the sample's part.
using Score = Part (*)(const Counts&);
Part precision(const Counts& counts);
Part recall(const Counts& counts);
Part f1(const Counts& counts);

/// Registers `score` four times, with the averages of scikit-learn's
/// precision_recall_fscore_support
/// (https://scikit-learn.org/stable/modules/model_evaluation.html#multiclass-and-multilabel-classification):
///
/// - NAME: score of class 1, for two classes only (average="binary", pos_label=1), as in `evaluate`
///   and scikit-learn
/// - NAME_macro: mean over the classes that occur in predictions or references
/// - NAME_micro: score of the summed counts of all classes
/// - NAME_weighted: mean, weighted by the number of references of each class
///
/// The plain name is refused for more than two classes, because the choice of an average would be a
/// guess.
///
/// NAME and NAME_micro are ratios of two sums over the samples. NAME_macro and NAME_weighted are
/// not; their outcomes are the parts of the ratio that agrees with them to first order (Taylor
/// linearization: Woodruff, Journal of the American Statistical Association 66, 1971).
void register_averages(MetricRegistry& registry, const std::string& name, Score score);

}  // namespace quantbench::metric
