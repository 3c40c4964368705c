#include "quantbench/metric/squad.h"

#include <algorithm>
#include <memory>

#include "quantbench/base/error.h"

namespace quantbench::metric {

namespace {

/// Exact match and F1 of SQuAD v1.1 (Rajpurkar et al. 2016; evaluate-v1.1.py), in percent: for each
/// question the best value over its answers, averaged over the questions.
class Squad : public Metric {
 public:
  std::map<std::string, double> compute(const Input& input) const override {
    const auto samples = squad_samples(input);
    double exact = 0;
    double f1 = 0;
    for (const SquadSample& sample : samples) {
      if (sample.answers.empty()) {
        throw Error("a question has no answer", {},
                    "use metric squad_v2 for questions without an answer");
      }
      const double best_exact = best_exact_match(sample);
      double best_f1 = 0;
      for (const std::string& answer : sample.answers) {
        best_f1 = std::max(best_f1, word_f1(sample.prediction, answer, NoAnswer::kIsNoMatch));
      }
      exact += best_exact;
      f1 += best_f1;
    }
    const double percent = 100.0 / static_cast<double>(samples.size());
    return {{"exact_match", percent * exact}, {"f1", percent * f1}};
  }

  std::vector<Figure> figures() const override {
    return {{.name = "exact_match", .point = 1, .is_share = true, .is_headline = false},
            {.name = "f1", .point = 1, .is_share = true}};
  }

  std::map<std::string, Outcomes> outcomes(const Input& input) const override {
    Outcomes right;
    for (const SquadSample& sample : squad_samples(input))
      right.push_back(best_exact_match(sample) == 1);
    return {{"exact_match", right}};
  }

 private:
  static double best_exact_match(const SquadSample& sample) {
    double best = 0;
    for (const std::string& answer : sample.answers)
      best = std::max(best, exact_match(sample.prediction, answer));
    return best;
  }
};

}  // namespace

void register_squad(MetricRegistry& registry) { registry.add("squad", std::make_unique<Squad>()); }

}  // namespace quantbench::metric
