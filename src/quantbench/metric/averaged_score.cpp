#include "quantbench/metric/averaged_score.h"

#include <map>
#include <memory>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/metric/values.h"

namespace quantbench::metric {

namespace {

using ByClass = std::map<std::int64_t, Counts>;

Part fraction(std::int64_t part, std::int64_t whole) {
  return {static_cast<double>(part), static_cast<double>(whole)};
}

/// Counts for every class that occurs.
ByClass count(const ClassIds& ids) {
  ByClass counts;
  for (std::size_t i = 0; i < ids.predictions.size(); ++i) {
    Counts& predicted = counts[ids.predictions[i]];
    if (ids.predictions[i] == ids.references[i]) {
      ++predicted.true_positives;
    } else {
      ++predicted.false_positives;
      ++counts[ids.references[i]].false_negatives;
    }
  }
  return counts;
}

/// Counts of one sample for the class `one`.
Counts counts_of(std::int64_t predicted, std::int64_t reference, std::int64_t one) {
  return {.true_positives = predicted == one && reference == one ? 1 : 0,
          .false_positives = predicted == one && reference != one ? 1 : 0,
          .false_negatives = predicted != one && reference == one ? 1 : 0};
}

std::int64_t references_of(const Counts& counts) {
  return counts.true_positives + counts.false_negatives;
}

double binary(const ByClass& counts, Score score) {
  const auto positive = counts.find(1);
  return positive == counts.end() ? 0.0 : score(positive->second).ratio();
}

Outcomes binary_outcomes(const ClassIds& ids, Score score) {
  Outcomes out;
  for (std::size_t i = 0; i < ids.predictions.size(); ++i)
    out.push_back(score(counts_of(ids.predictions[i], ids.references[i], 1)));
  return out;
}

double macro(const ByClass& counts, Score score) {
  double sum = 0;
  for (const auto& entry : counts) sum += score(entry.second).ratio();
  return sum / static_cast<double>(counts.size());
}

double micro(const ByClass& counts, Score score) {
  Counts all;
  for (const auto& entry : counts) {
    all.true_positives += entry.second.true_positives;
    all.false_positives += entry.second.false_positives;
    all.false_negatives += entry.second.false_negatives;
  }
  return score(all).ratio();
}

Outcomes micro_outcomes(const ClassIds& ids, Score score) {
  const Part right = score({.true_positives = 1});
  const Part wrong = score({.false_positives = 1, .false_negatives = 1});
  Outcomes out;
  for (std::size_t i = 0; i < ids.predictions.size(); ++i)
    out.push_back(ids.predictions[i] == ids.references[i] ? right : wrong);
  return out;
}

double weighted(const ByClass& counts, Score score) {
  double sum = 0;
  double total = 0;
  for (const auto& entry : counts) {
    const auto support = static_cast<double>(references_of(entry.second));
    sum += support * score(entry.second).ratio();
    total += support;
  }
  return sum / total;
}

enum class Weights { kEqual, kByReferences };

/// Parts for a mean M = sum of w_c R_c over the classes c, where R_c = sum of n_ci / sum of d_ci
/// over the samples i. To first order, sample i moves M by
///
///   change_i = sum over c of w_c (n_ci - R_c d_ci) / mean(d_c)   [+ R_c of its reference - M]
///
/// divided by the number of samples; the last term is there if the weights are the shares of the
/// references. The denominator of its part is its influence, the sum over c of
/// w_c d_ci / mean(d_c). The numerator makes the ratio of the sums M, and the ratio's own change by
/// sample i change_i.
Outcomes linearized(const ClassIds& ids, Score score, Weights weights) {
  struct Term {
    double weight;
    double ratio;
    double mean;  ///< mean(d_c)
  };
  const auto samples = static_cast<double>(ids.predictions.size());
  const ByClass counts = count(ids);
  std::map<std::int64_t, Term> terms;
  double value = 0;
  double influence = 0;  // mean over the samples
  for (const auto& [one, all] : counts) {
    const Part part = score(all);
    const double weight = weights == Weights::kEqual
                              ? 1 / static_cast<double>(counts.size())
                              : static_cast<double>(references_of(all)) / samples;
    terms[one] = {weight, part.ratio(), part.denominator / samples};
    value += weight * part.ratio();
    if (part.denominator > 0) influence += weight;
  }
  Outcomes out;
  for (std::size_t i = 0; i < ids.predictions.size(); ++i) {
    const std::int64_t predicted = ids.predictions[i];
    const std::int64_t reference = ids.references[i];
    double change = weights == Weights::kEqual ? 0 : terms.at(reference).ratio - value;
    double own_influence = 0;
    const auto add = [&](std::int64_t one) {
      const Term& term = terms.at(one);
      if (term.mean == 0) return;
      const Part part = score(counts_of(predicted, reference, one));
      change += term.weight * (part.numerator - term.ratio * part.denominator) / term.mean;
      own_influence += term.weight * part.denominator / term.mean;
    };
    add(predicted);
    if (reference != predicted) add(reference);
    out.push_back({influence * change + value * own_influence, own_influence});
  }
  return out;
}

Outcomes macro_outcomes(const ClassIds& ids, Score score) {
  return linearized(ids, score, Weights::kEqual);
}

Outcomes weighted_outcomes(const ClassIds& ids, Score score) {
  return linearized(ids, score, Weights::kByReferences);
}

struct Average {
  double (*value)(const ByClass&, Score);
  Outcomes (*outcomes)(const ClassIds&, Score);
  bool is_binary = false;
};

class AveragedScore : public Metric {
 public:
  AveragedScore(std::string name, Score score, Average average)
      : name_(std::move(name)), score_(score), average_(average) {}

  std::map<std::string, double> compute(const Input& input) const override {
    check(input.labels);
    const auto counts = count(class_ids(input));
    if (average_.is_binary) require_binary_ids(counts);
    return {{name_, average_.value(counts, score_)}};
  }

  std::map<std::string, Outcomes> outcomes(const Input& input) const override {
    return {{name_, average_.outcomes(class_ids(input), score_)}};
  }

  std::vector<Figure> figures() const override { return {{.name = name_, .is_share = true}}; }

  void check(const std::vector<std::string>& labels) const override {
    if (average_.is_binary && labels.size() > 2) refuse(std::to_string(labels.size()) + " classes");
  }

 private:
  void require_binary_ids(const ByClass& counts) const {
    for (const auto& entry : counts) {
      if (entry.first != 0 && entry.first != 1) refuse("class " + std::to_string(entry.first));
    }
  }

  [[noreturn]] void refuse(const std::string& found) const {
    throw Error(
        "metric '" + name_ + "' needs the two classes 0 and 1, but found " + found, {},
        "choose an average: " + name_ + "_macro, " + name_ + "_micro or " + name_ + "_weighted");
  }

  std::string name_;
  Score score_;
  Average average_;
};

}  // namespace

Part precision(const Counts& counts) {
  return fraction(counts.true_positives, counts.true_positives + counts.false_positives);
}

Part recall(const Counts& counts) { return fraction(counts.true_positives, references_of(counts)); }

Part f1(const Counts& counts) {
  return fraction(2 * counts.true_positives,
                  2 * counts.true_positives + counts.false_positives + counts.false_negatives);
}

void register_averages(MetricRegistry& registry, const std::string& name, Score score) {
  const auto add = [&](const std::string& full_name, Average average) {
    registry.add(full_name, std::make_unique<AveragedScore>(full_name, score, average));
  };
  add(name, {.value = binary, .outcomes = binary_outcomes, .is_binary = true});
  add(name + "_macro", {.value = macro, .outcomes = macro_outcomes});
  add(name + "_micro", {.value = micro, .outcomes = micro_outcomes});
  add(name + "_weighted", {.value = weighted, .outcomes = weighted_outcomes});
}

}  // namespace quantbench::metric
