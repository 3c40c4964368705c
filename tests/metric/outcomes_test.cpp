#include "quantbench/metric/outcomes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "quantbench/metric/registry.h"

namespace quantbench::metric {
namespace {

/// 60 samples of `classes` classes, of which about two thirds are right.
Input classification(int classes) {
  Input input;
  for (int i = 0; i < 60; ++i) {
    input.references.push_back(i * i % 7 % classes);
    input.predictions.push_back(i % 3 == 0 ? i % classes : i * i % 7 % classes);
  }
  return input;
}

Input sentences() {
  return {{{"B-A", "I-A", "O"}, {"O", "O"}, {"B-B", "O", "B-A"}, Json::array({"O"})},
          {{"B-A", "I-A", "O"}, {"B-A", "O"}, {"B-B", "I-B", "B-A"}, Json::array({"O"})},
          {}};
}

Json question(const char* id, const std::vector<std::string>& answers) {
  return {{"id", id}, {"answers", {{"text", answers}}}};
}

Json answer(const char* id, const char* text) { return {{"id", id}, {"prediction_text", text}}; }

Input questions() {
  return {{answer("a", "one two three"), answer("b", "four"), answer("c", "six seven")},
          {question("a", {"one two"}), question("b", {"four", "five"}), question("c", {"eight"})},
          {}};
}

Input questions_without_an_answer() {
  Input input = questions();
  input.predictions.push_back(answer("d", ""));
  input.references.push_back(question("d", {}));
  input.predictions.push_back(answer("e", "nine"));
  input.references.push_back(question("e", {}));
  return input;
}

void expect_sums_give_the_figures(const std::string& name, const Input& input, double scale) {
  const Metric& metric = metrics().get(name);
  const auto figures = metric.compute(input);
  const auto outcomes = metric.outcomes(input);
  ASSERT_EQ(outcomes.size(), figures.size()) << name;
  for (const auto& [figure, value] : figures) {
    ASSERT_TRUE(outcomes.contains(figure)) << name << ": " << figure;
    EXPECT_EQ(outcomes.at(figure).size(), input.references.size()) << figure;
    EXPECT_NEAR(scale * sum_of(outcomes.at(figure)).ratio(), value, 1e-12) << figure;
  }
}

TEST(Outcomes, are_parts_whose_sums_give_every_figure) {
  for (const std::string score : {"precision", "recall", "f1"}) {
    expect_sums_give_the_figures(score, classification(2), 1);
    for (const std::string average : {"_macro", "_micro", "_weighted"})
      expect_sums_give_the_figures(score + average, classification(4), 1);
  }
  expect_sums_give_the_figures("accuracy", classification(4), 1);
  expect_sums_give_the_figures("seqeval", sentences(), 1);
  expect_sums_give_the_figures("squad", questions(), 100);
  expect_sums_give_the_figures("squad_v2", questions_without_an_answer(), 100);
}

/// 60 numbers with ties, and others near them.
Input regression() {
  Input input;
  for (int i = 0; i < 60; ++i) {
    const double value = i * i % 7;
    input.references.push_back(value);
    input.predictions.push_back(i % 5 == 0 ? 7 - value : std::round(4 * value + i % 3) / 4);
  }
  return input;
}

TEST(Outcomes, of_correlations_and_errors_give_the_figures) {
  for (const char* name : {"pearsonr", "spearmanr", "mse"})
    expect_sums_give_the_figures(name, regression(), 1);
  for (const int classes : {2, 4})
    expect_sums_give_the_figures("matthews_correlation", classification(classes), 1);
}

/// The jackknife (Efron, 1982): by how much the figure changes without the sample.
void expect_near_the_jackknife(const std::string& name, const Input& input) {
  const Metric& metric = metrics().get(name);
  const double all = metric.compute(input).at(name);
  const Outcomes outcomes = metric.outcomes(input).at(name);
  const auto n = static_cast<double>(outcomes.size());
  double largest = 0;
  double farthest = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    Input without = input;
    without.predictions.erase(without.predictions.begin() + static_cast<std::ptrdiff_t>(i));
    without.references.erase(without.references.begin() + static_cast<std::ptrdiff_t>(i));
    const double theirs = (n - 1) * (all - metric.compute(without).at(name));
    const double ours = outcomes[i].numerator - all;
    largest = std::max(largest, std::abs(theirs));
    farthest = std::max(farthest, std::abs(theirs - ours));
  }
  EXPECT_LT(farthest, 4 * largest / n) << name;
}

TEST(Outcomes, of_a_correlation_are_what_each_sample_adds_to_it) {
  for (const char* name : {"pearsonr", "spearmanr"}) expect_near_the_jackknife(name, regression());
  for (const int classes : {2, 4})
    expect_near_the_jackknife("matthews_correlation", classification(classes));
}

TEST(Outcomes, of_a_constant_prediction_are_those_of_no_correlation) {
  const Input input{{1, 1, 1}, {1, 0, 2}, {}};
  EXPECT_EQ(metrics().get("matthews_correlation").outcomes(input).at("matthews_correlation"),
            (Outcomes{{0, 1}, {0, 1}, {0, 1}}));
  EXPECT_TRUE(metrics().get("pearsonr").outcomes(input).at("pearsonr").empty());
}

TEST(Outcomes, of_binary_scores_leave_out_samples_that_do_not_count) {
  const Input input{{1, 1, 0, 0}, {1, 0, 1, 0}, {}};  // tp, fp, fn, tn
  EXPECT_EQ(metrics().get("precision").outcomes(input).at("precision"),
            (Outcomes{{1, 1}, {0, 1}, {0, 0}, {0, 0}}));
  EXPECT_EQ(metrics().get("recall").outcomes(input).at("recall"),
            (Outcomes{{1, 1}, {0, 0}, {0, 1}, {0, 0}}));
  EXPECT_EQ(metrics().get("f1").outcomes(input).at("f1"),
            (Outcomes{{2, 2}, {0, 1}, {0, 1}, {0, 0}}));
}

TEST(Outcomes, of_the_weighted_recall_are_those_of_accuracy) {
  // The weighted recall is the accuracy: each sample changes both by the same amount.
  const Input input = classification(3);
  const Outcomes recall = metrics().get("recall_weighted").outcomes(input).at("recall_weighted");
  const Outcomes accuracy = metrics().get("accuracy").outcomes(input).at("accuracy");
  const Part of_recall = sum_of(recall);
  const Part of_accuracy = sum_of(accuracy);
  const double mean = of_recall.denominator / static_cast<double>(recall.size());
  for (std::size_t i = 0; i < recall.size(); ++i) {
    EXPECT_NEAR((recall[i].numerator - of_recall.ratio() * recall[i].denominator) / mean,
                accuracy[i].numerator - of_accuracy.ratio(), 1e-12)
        << i;
  }
}

TEST(Outcomes, of_seqeval_are_those_of_sentences) {
  const auto outcomes = metrics().get("seqeval").outcomes(sentences());
  EXPECT_EQ(outcomes.at("overall_f1"), (Outcomes{{2, 2}, {0, 1}, {2, 4}, {0, 0}}));
  EXPECT_EQ(outcomes.at("overall_precision"), (Outcomes{{1, 1}, {0, 0}, {1, 2}, {0, 0}}));
  EXPECT_EQ(outcomes.at("overall_accuracy"), (Outcomes{{3, 3}, {1, 2}, {2, 3}, {1, 1}}));
}

TEST(Outcomes, of_squad_v2_count_a_question_for_its_kind_only) {
  const auto outcomes = metrics().get("squad_v2").outcomes(questions_without_an_answer());
  EXPECT_EQ(outcomes.at("exact"), (Outcomes{{0, 1}, {1, 1}, {0, 1}, {1, 1}, {0, 1}}));
  EXPECT_EQ(outcomes.at("HasAns_exact"), (Outcomes{{0, 1}, {1, 1}, {0, 1}, {0, 0}, {0, 0}}));
  EXPECT_EQ(outcomes.at("NoAns_exact"), (Outcomes{{0, 0}, {0, 0}, {0, 0}, {1, 1}, {0, 1}}));
  EXPECT_FALSE(metrics().get("squad_v2").outcomes(questions()).contains("NoAns_f1"));
}

TEST(OutcomesText, of_right_and_wrong_samples_has_four_a_digit) {
  const Outcomes right = {{1, 1}, {1, 1}, {0, 1}, {1, 1}, {0, 1}};
  EXPECT_EQ(text_of(right), "d0");
  EXPECT_EQ(outcomes_of_text("d0", 5), right);
  for (const char* bad : {"d", "d00", "d1", "dx", "D0"})
    EXPECT_EQ(outcomes_of_text(bad, 5), std::nullopt) << bad;
}

TEST(OutcomesText, of_other_parts_lists_them_once_and_has_a_letter_a_sample) {
  const Outcomes parts = {{2, 2}, {0, 1}, {0, 0}, {2, 2}, {2, 2}};
  EXPECT_EQ(text_of(parts), "2/2,0/1,0/0:01200");
  EXPECT_EQ(outcomes_of_text("2/2,0/1,0/0:01200", 5), parts);
  EXPECT_EQ(text_of(Outcomes{{0.5, 1}, {2.0 / 3, 1}, {-1.5, 0.25}}),
            "0.5/1,0.6666667/1,-1.5/0.25:012");
}

TEST(OutcomesText, of_more_parts_than_letters_has_two_letters_a_sample) {
  Outcomes parts;
  for (int i = 0; i < 100; ++i) parts.push_back({i % 70 * 1.0, 70});
  const std::string text = text_of(parts);
  EXPECT_EQ(text.size() - text.find(':'), 1 + 2 * parts.size());
  EXPECT_EQ(outcomes_of_text(text, 100), parts);
  EXPECT_EQ(outcomes_of_text(text, 99), std::nullopt);
}

TEST(OutcomesText, that_is_damaged_is_no_text_of_outcomes) {
  for (const char* bad : {":", ":00", "2/2:", "2/2:0", "2/2:000", "2/2:01", "2/2:0-", "2:00",
                          "2/:00", "/2:00", "2/-1:00", "nan/1:00", "1/inf:00", "1e999/1:00",
                          "2/2,:00", "2/2 :00", "2/2:0:", "2/2/2:00"})
    EXPECT_EQ(outcomes_of_text(bad, 2), std::nullopt) << bad;
}

}  // namespace
}  // namespace quantbench::metric
