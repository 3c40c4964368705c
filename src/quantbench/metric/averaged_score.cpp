#include "quantbench/metric/averaged_score.h"

#include <map>
#include <memory>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/metric/values.h"

namespace quantbench::metric {

namespace {

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Counts for every class that occurs.
std::map<std::int64_t, Counts> count(const ClassIds& ids) {
  std::map<std::int64_t, Counts> counts;
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

double binary(const std::map<std::int64_t, Counts>& counts, Score score) {
  const auto positive = counts.find(1);
  return positive == counts.end() ? 0.0 : score(positive->second);
}

double macro(const std::map<std::int64_t, Counts>& counts, Score score) {
  double sum = 0;
  for (const auto& entry : counts) sum += score(entry.second);
  return sum / static_cast<double>(counts.size());
}

double micro(const std::map<std::int64_t, Counts>& counts, Score score) {
  Counts all;
  for (const auto& entry : counts) {
    all.true_positives += entry.second.true_positives;
    all.false_positives += entry.second.false_positives;
    all.false_negatives += entry.second.false_negatives;
  }
  return score(all);
}

double weighted(const std::map<std::int64_t, Counts>& counts, Score score) {
  double sum = 0;
  double total = 0;
  for (const auto& entry : counts) {
    const auto support =
        static_cast<double>(entry.second.true_positives + entry.second.false_negatives);
    sum += support * score(entry.second);
    total += support;
  }
  return sum / total;
}

using Average = double (*)(const std::map<std::int64_t, Counts>&, Score);

class AveragedScore : public Metric {
 public:
  AveragedScore(std::string name, Score score, Average average)
      : name_(std::move(name)), score_(score), average_(average) {}

  std::map<std::string, double> compute(const Input& input) const override {
    check(input.labels);
    const auto counts = count(class_ids(input));
    if (average_ == binary) require_binary_ids(counts);
    return {{name_, average_(counts, score_)}};
  }

  std::vector<Figure> figures() const override { return {{.name = name_, .is_share = true}}; }

  void check(const std::vector<std::string>& labels) const override {
    if (average_ == binary && labels.size() > 2) refuse(std::to_string(labels.size()) + " classes");
  }

 private:
  void require_binary_ids(const std::map<std::int64_t, Counts>& counts) const {
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

double precision(const Counts& counts) {
  return ratio(counts.true_positives, counts.true_positives + counts.false_positives);
}

double recall(const Counts& counts) {
  return ratio(counts.true_positives, counts.true_positives + counts.false_negatives);
}

double f1(const Counts& counts) {
  return ratio(2 * counts.true_positives,
               2 * counts.true_positives + counts.false_positives + counts.false_negatives);
}

void register_averages(MetricRegistry& registry, const std::string& name, Score score) {
  const auto add = [&](const std::string& full_name, Average average) {
    registry.add(full_name, std::make_unique<AveragedScore>(full_name, score, average));
  };
  add(name, binary);
  add(name + "_macro", macro);
  add(name + "_micro", micro);
  add(name + "_weighted", weighted);
}

}  // namespace quantbench::metric
