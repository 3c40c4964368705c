#include "quantbench/analysis/figures.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace quantbench::analysis {
namespace {

store::RunResult evaluated(const std::string& task, const std::vector<std::string>& metrics,
                           const std::map<std::string, double>& figures) {
  store::RunResult result;
  result.spec = {{"task", task}, {"metrics", metrics}};
  result.rows.emplace_back().evaluation = figures;
  return result;
}

TEST(HeadlineFigure, is_the_one_that_people_mean_by_the_metric) {
  const store::RunResult tags =
      evaluated("token-classification", {"seqeval"},
                {{"overall_precision", 0.9}, {"overall_f1", 0.8}, {"overall_accuracy", 0.99}});
  EXPECT_EQ(headline_figure(tags), "overall_f1");
  const store::RunResult answers =
      evaluated("question-answering", {"squad"}, {{"exact_match", 80}, {"f1", 87}});
  EXPECT_EQ(headline_figure(answers), "f1");
  const store::RunResult july =
      evaluated("token-classification", {"seqeval"}, {{"precision", 0.9}, {"f1", 0.8}});
  EXPECT_EQ(headline_figure(july), "f1") << "as cards of July 2022 call it";
  const store::RunResult aliased =
      evaluated("token-classification", {"precision", "f1"}, {{"precision", 0.9}, {"f1", 0.8}});
  EXPECT_EQ(headline_figure(aliased), "f1");
}

TEST(HeadlineFigure, is_none_where_no_metric_declares_any_figure) {
  EXPECT_EQ(headline_figure(evaluated("text-classification", {}, {{"word_error_rate", 0.1}})),
            std::nullopt);
}

TEST(MeaningOf, a_figure_depends_on_the_metric_that_gives_it) {
  const store::RunResult squad = evaluated("question-answering", {"squad"}, {{"f1", 87}});
  EXPECT_EQ(meaning_of(squad, "f1")->point, 1);
  const store::RunResult classes = evaluated("text-classification", {"f1"}, {{"f1", 0.8}});
  EXPECT_EQ(meaning_of(classes, "f1")->point, 0.01);
  EXPECT_EQ(meaning_of(classes, "mse")->better, metric::Better::kLower);
  EXPECT_EQ(meaning_of(classes, "word_error_rate"), std::nullopt);
}

}  // namespace
}  // namespace quantbench::analysis
