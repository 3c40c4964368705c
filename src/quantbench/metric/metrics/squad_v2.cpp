#include <algorithm>
#include <iterator>
#include <memory>

#include "quantbench/metric/outcomes.h"
#include "quantbench/metric/squad.h"

namespace quantbench::metric {

namespace {

/// Exact match and F1 of SQuAD v2.0 (Rajpurkar et al. 2018; evaluate-v2.0.py without its threshold
/// search), in percent. "exact" and "f1" are over all questions, HasAns_* over questions with an
/// answer, NoAns_* over questions without one. For a question without an answer, only an empty
/// prediction is correct.
class SquadV2 : public Metric {
 public:
  std::map<std::string, double> compute(const Input& input) const override {
    std::map<std::string, double> figures;
    for (const auto& [figure, parts] : outcomes(input)) {
      const Part sum = sum_of(parts);
      figures[figure] = 100.0 * sum.numerator / sum.denominator;
    }
    return figures;
  }

  /// Only of kinds that have a question. A question of the other kind does not count.
  std::map<std::string, Outcomes> outcomes(const Input& input) const override {
    const auto samples = squad_samples(input);
    std::map<std::string, Outcomes> out;
    const auto set = [&](const std::string& figure, std::size_t sample, double score) {
      Outcomes& parts = out[figure];
      parts.resize(samples.size());
      parts[sample] = {score, 1};
    };
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const SquadSample& sample = samples[i];
      // Answers that are empty after normalization do not count as answers, as in the script.
      std::vector<std::string> answers;
      std::copy_if(sample.answers.begin(), sample.answers.end(), std::back_inserter(answers),
                   [](const std::string& answer) { return !normalize_answer(answer).empty(); });
      if (answers.empty()) answers.emplace_back();
      double exact = 0;
      double f1 = 0;
      for (const std::string& answer : answers) {
        exact = std::max(exact, exact_match(sample.prediction, answer));
        f1 = std::max(f1, word_f1(sample.prediction, answer, NoAnswer::kCounts));
      }
      for (const std::string kind : {"", sample.answers.empty() ? "NoAns_" : "HasAns_"}) {
        set(kind + "exact", i, exact);
        set(kind + "f1", i, f1);
      }
    }
    return out;
  }

  std::vector<Figure> figures() const override {
    std::vector<Figure> all;
    for (const std::string kind : {"", "HasAns_", "NoAns_"}) {
      for (const std::string figure : {"exact", "f1"}) {
        // A part of the questions has fewer samples than the data set, hence no bound of its own.
        all.push_back({.name = kind + figure,
                       .point = 1,
                       .is_share = kind.empty(),
                       .is_headline = kind.empty() && figure == "f1"});
      }
    }
    return all;
  }
};

}  // namespace

void register_squad_v2(MetricRegistry& registry) {
  registry.add("squad_v2", std::make_unique<SquadV2>());
}

}  // namespace quantbench::metric
