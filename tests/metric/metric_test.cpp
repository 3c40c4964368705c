#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/metric/registry.h"
#include "quantbench/metric/squad.h"
#include "support/message_of.h"

namespace quantbench::metric {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// tests/oracle/test_metrics.py compares the figures with scikit-learn, scipy, seqeval and the SQuAD
// scripts. Here are cases that can be computed by hand, and errors.

std::map<std::string, double> compute(const std::string& metric, std::vector<Json> predictions,
                                      std::vector<Json> references,
                                      std::vector<std::string> labels = {}) {
  return metrics().get(metric).compute(
      {std::move(predictions), std::move(references), std::move(labels)});
}

TEST(Accuracy, is_the_share_of_right_predictions) {
  EXPECT_THAT(compute("accuracy", {0, 1, 1, 2}, {0, 1, 0, 2}), ElementsAre(Pair("accuracy", 0.75)));
}

TEST(BinaryScores, are_of_class_1) {
  // Class 1: two right, one wrong, two missed.
  const std::vector<Json> predictions = {1, 1, 1, 0, 0, 0};
  const std::vector<Json> references = {1, 1, 0, 1, 1, 0};
  EXPECT_THAT(compute("precision", predictions, references),
              ElementsAre(Pair("precision", DoubleNear(2.0 / 3, 1e-15))));
  EXPECT_THAT(compute("recall", predictions, references), ElementsAre(Pair("recall", 0.5)));
  EXPECT_THAT(compute("f1", predictions, references),
              ElementsAre(Pair("f1", DoubleNear(4.0 / 7, 1e-15))));
}

TEST(BinaryScores, refuse_three_classes_before_anything_is_evaluated) {
  const std::vector<std::string> labels = {"entailment", "neutral", "contradiction"};
  EXPECT_EQ(test::message_of([&] { metrics().get("f1").check(labels); }),
            "metric 'f1' needs the two classes 0 and 1, but found 3 classes (choose an average: "
            "f1_macro, f1_micro or f1_weighted)");
  metrics().get("f1_macro").check(labels);
  metrics().get("accuracy").check(labels);
}

TEST(BinaryScores, refuse_a_class_that_is_neither_0_nor_1) {
  EXPECT_THAT(test::message_of([] {
                compute("precision", {0, 2}, {0, 1});
              }),
              HasSubstr("but found class 2"));
}

TEST(Scores, are_0_where_they_would_divide_by_0) {
  EXPECT_THAT(compute("precision", {0, 0}, {0, 1}), ElementsAre(Pair("precision", 0.0)));
  EXPECT_THAT(compute("recall", {1, 0}, {0, 0}), ElementsAre(Pair("recall", 0.0)));
  EXPECT_THAT(compute("f1", {0}, {0}), ElementsAre(Pair("f1", 0.0)));
  EXPECT_THAT(compute("matthews_correlation", {1, 1}, {0, 1}),
              ElementsAre(Pair("matthews_correlation", 0.0)));
}

TEST(Metrics, refuse_values_and_lengths_that_do_not_fit) {
  EXPECT_EQ(test::message_of([] {
              compute("accuracy", {0, "positive"}, {0, 1});
            }),
            "prediction of sample 2 is \"positive\", expected a class id");
  EXPECT_EQ(test::message_of([] { compute("mse", {0.5}, {"high"}); }),
            "reference of sample 1 is \"high\", expected a number");
  EXPECT_EQ(test::message_of([] {
              compute("accuracy", {0}, {0, 1});
            }),
            "1 predictions for 2 references");
  EXPECT_EQ(test::message_of([] { compute("f1", {}, {}); }), "no predictions to measure");
  EXPECT_EQ(test::message_of([] { compute("pearsonr", {1.0}, {1.0}); }),
            "a correlation needs at least two samples");
}

TEST(SeqEval, counts_whole_chunks_and_single_tokens) {
  // Two chunks on each side; one agrees in type and both ends.
  const Json predicted = {"B-PER", "I-PER", "O", "B-LOC", "O"};
  const Json expected = {"B-PER", "I-PER", "O", "B-LOC", "I-LOC"};
  EXPECT_THAT(compute("seqeval", {predicted}, {expected}),
              ElementsAre(Pair("overall_accuracy", 0.8), Pair("overall_f1", 0.5),
                          Pair("overall_precision", 0.5), Pair("overall_recall", 0.5)));
}

TEST(SeqEval, takes_tags_by_their_names_or_by_ids_of_the_labels) {
  // Two labels of one name are one tag.
  const std::vector<std::string> labels = {"O", "B-PER", "I-PER", "B-LOC", "I-LOC", "O"};
  const Json predicted = {1, 2, 0, 3, 5};
  const Json expected = {1, 2, 5, 3, 4};
  const auto of_names = compute("seqeval", {Json{"B-PER", "I-PER", "O", "B-LOC", "O"}},
                                {Json{"B-PER", "I-PER", "O", "B-LOC", "I-LOC"}});
  EXPECT_EQ(compute("seqeval", {predicted}, {expected}, labels), of_names);
  EXPECT_EQ(test::message_of([&] { compute("seqeval", {Json{6}}, {Json{0}}, labels); }),
            "sample 1 must be a list of tags");
  EXPECT_EQ(test::message_of([&] { compute("seqeval", {Json{0}}, {Json{-1}}, labels); }),
            "sample 1 must be a list of tags");
}

// Figures of the package seqeval 1.2.2.
TEST(SeqEval, reads_tags_of_one_letter_and_of_several_bytes_as_seqeval_does) {
  struct Case {
    std::vector<Json> predictions;
    std::vector<Json> references;
    double precision;
    double recall;
  };
  const std::vector<Case> cases = {
      {{{"X", "NOUN"}, {"NOUN", "VERB", "X"}}, {{"X", "NOUN"}, {"X", "VERB", "X"}}, 0.75, 0.75},
      // A chunk that no tag begins starts where an earlier one did, in another sentence.
      {{{"NOUN"}, {"NOUN", "X"}, {"X", "É-PER"}},
       {{"NOUN"}, {"X", "NOUN"}, {"X", "É-PER"}},
       0.75,
       0.6},
      {{{"DET", "X", "O"}, Json::array({"O"})}, {{"DET", "X", "O"}, Json::array({"X"})}, 1, 1},
      {{{"É", "O"}, {"B-PER", "O"}}, {{"É", "O"}, {"É-PER", "O"}}, 1, 1},
      {{{"X", "X", "NOUN"}}, {{"DET", "X", "NOUN"}}, 0.5, 1.0 / 3},
  };
  for (const Case& one : cases) {
    const auto figures = compute("seqeval", one.predictions, one.references);
    EXPECT_NEAR(figures.at("overall_precision"), one.precision, 1e-15) << Json(one.predictions);
    EXPECT_NEAR(figures.at("overall_recall"), one.recall, 1e-15) << Json(one.predictions);
  }
}

TEST(SeqEval, refuses_sentences_of_different_lengths) {
  EXPECT_EQ(test::message_of([] {
              compute("seqeval", {Json{"O", "O"}}, {Json{"O"}});
            }),
            "sample 1 has 2 predicted tags for 1");
  EXPECT_EQ(test::message_of([] {
              compute("seqeval", {Json{"O", 3}}, {Json{"O", "O"}});
            }),
            "sample 1 must be a list of tags");
}

TEST(Squad, normalizes_case_punctuation_articles_and_space) {
  EXPECT_EQ(normalize_answer("  The  U.S.'s Cat, an\tOLD one  "), "uss cat old one");
  EXPECT_EQ(normalize_answer("ÉCOLE theatre"), "école theatre");
  EXPECT_EQ(normalize_answer("the"), "");
}

TEST(Squad, takes_the_best_of_the_answers_in_per_cent) {
  const Json prediction = {{"id", "q"}, {"prediction_text", "Denver Broncos"}};
  const Json reference = {
      {"id", "q"}, {"answers", {{"text", {"the Broncos", "Denver"}}, {"answer_start", {0, 0}}}}};
  EXPECT_THAT(compute("squad", {prediction}, {reference}),
              ElementsAre(Pair("exact_match", 0.0), Pair("f1", DoubleNear(200.0 / 3, 1e-12))));
}

TEST(Squad, refuses_a_prediction_for_another_question) {
  const Json prediction = {{"id", "p"}, {"prediction_text", ""}};
  const Json reference = {{"id", "q"}, {"answers", {{"text", Json::array()}}}};
  EXPECT_EQ(test::message_of([&] { compute("squad", {prediction}, {reference}); }),
            "sample 1: prediction and reference have different ids");
}

TEST(SquadV2, an_empty_prediction_is_right_where_there_is_no_answer) {
  const Json prediction = {{"id", "q"}, {"prediction_text", ""}};
  const Json reference = {{"id", "q"}, {"answers", {{"text", Json::array()}}}};
  EXPECT_THAT(compute("squad_v2", {prediction}, {reference}),
              ElementsAre(Pair("NoAns_exact", 100.0), Pair("NoAns_f1", 100.0), Pair("exact", 100.0),
                          Pair("f1", 100.0)));
}

TEST(Figures, every_metric_declares_one_headline_among_its_figures) {
  for (const std::string& name : metrics().names()) {
    std::size_t headlines = 0;
    for (const Figure& figure : metrics().get(name).figures()) headlines += figure.is_headline;
    EXPECT_EQ(headlines, 1U) << name;
  }
}

}  // namespace
}  // namespace quantbench::metric
