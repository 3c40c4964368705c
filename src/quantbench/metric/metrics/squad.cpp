#include "quantbench/metric/squad.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/metric/outcomes.h"

namespace quantbench::metric {

namespace {

/// Exact match and F1 of SQuAD v1.1 (Rajpurkar et al. 2016; evaluate-v1.1.py), in percent: for each
/// question the best value over its answers, averaged over the questions.
class Squad : public Metric {
 public:
  std::map<std::string, double> compute(const Input& input) const override {
    std::map<std::string, double> figures;
    for (const auto& [figure, parts] : outcomes(input)) {
      const Part sum = sum_of(parts);
      figures[figure] = 100.0 / sum.denominator * sum.numerator;
    }
    return figures;
  }

  std::vector<Figure> figures() const override {
    return {{.name = "exact_match", .point = 1, .is_share = true, .is_headline = false},
            {.name = "f1", .point = 1, .is_share = true}};
  }

  std::map<std::string, Outcomes> outcomes(const Input& input) const override {
    Outcomes exact;
    Outcomes f1;
    for (const SquadSample& sample : squad_samples(input)) {
      if (sample.answers.empty()) {
        throw Error("a question has no answer", {},
                    "use metric squad_v2 for questions without an answer");
      }
      double best_exact = 0;
      double best_f1 = 0;
      for (const std::string& answer : sample.answers) {
        best_exact = std::max(best_exact, exact_match(sample.prediction, answer));
        best_f1 = std::max(best_f1, word_f1(sample.prediction, answer, NoAnswer::kIsNoMatch));
      }
      exact.push_back({best_exact, 1});
      f1.push_back({best_f1, 1});
    }
    return {{"exact_match", std::move(exact)}, {"f1", std::move(f1)}};
  }
};

}  // namespace

void register_squad(MetricRegistry& registry) { registry.add("squad", std::make_unique<Squad>()); }

}  // namespace quantbench::metric
