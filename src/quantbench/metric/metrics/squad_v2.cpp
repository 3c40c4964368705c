#include <algorithm>
#include <iterator>
#include <memory>

#include "quantbench/metric/squad.h"

namespace quantbench::metric {

namespace {

/// Sums over the questions of one kind.
struct Sums {
  double exact = 0;
  double f1 = 0;
  double questions = 0;

  void add(double exact_of_question, double f1_of_question) {
    exact += exact_of_question;
    f1 += f1_of_question;
    ++questions;
  }
  /// Figures in percent, with names that start with `prefix`.
  void report(const std::string& prefix, std::map<std::string, double>& figures) const {
    if (questions == 0) return;
    figures[prefix + "exact"] = 100.0 * exact / questions;
    figures[prefix + "f1"] = 100.0 * f1 / questions;
  }
};

/// Exact match and F1 of SQuAD v2.0 (Rajpurkar et al. 2018; evaluate-v2.0.py without its threshold
/// search), in percent. "exact" and "f1" are over all questions, HasAns_* over questions with an
/// answer, NoAns_* over questions without one. For a question without an answer, only an empty
/// prediction is correct.
class SquadV2 : public Metric {
 public:
  std::map<std::string, double> compute(const Input& input) const override {
    Sums all;
    Sums answerable;
    Sums unanswerable;
    for (const SquadSample& sample : squad_samples(input)) {
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
      all.add(exact, f1);
      (sample.answers.empty() ? unanswerable : answerable).add(exact, f1);
    }
    std::map<std::string, double> figures;
    all.report("", figures);
    answerable.report("HasAns_", figures);
    unanswerable.report("NoAns_", figures);
    return figures;
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
