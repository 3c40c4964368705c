#include "quantbench/analysis/paired.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "quantbench/analysis/change.h"
#include "quantbench/metric/outcomes.h"
#include "quantbench/report/answer_text.h"

namespace quantbench::analysis {
namespace {

using metric::Outcomes;
using metric::Part;

constexpr Part kFound = {2, 2};  // tp: {2 tp, 2 tp + fp + fn}
constexpr Part kWrong = {0, 1};  // fp or fn
constexpr Part kOther = {0, 0};  // tn

void add(Outcomes& outcomes, int times, const Part& part) {
  outcomes.insert(outcomes.end(), static_cast<std::size_t>(times), part);
}

/// F1 of 100 samples: 40 found, 10 wrong, 50 that do not count.
Outcomes f1_before() {
  Outcomes out;
  add(out, 40, kFound);
  add(out, 10, kWrong);
  add(out, 50, kOther);
  return out;
}

/// Of the found, 4 are lost; of the wrong, 1 is found; 2 of the others are found wrongly.
Outcomes f1_after() {
  Outcomes out;
  add(out, 36, kFound);
  add(out, 4, kWrong);
  add(out, 1, kFound);
  add(out, 9, kWrong);
  add(out, 48, kOther);
  add(out, 2, kWrong);
  return out;
}

// tests/oracle/test_paired_change.py compares with a bootstrap. Here are figures that numpy
// computed from the formulas of paired.h.
TEST(PairedInterval, of_f1_compares_the_parts_of_each_sample) {
  const auto interval = paired_interval(f1_before(), f1_after());
  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->low, -0.1250421597, 1e-9);
  EXPECT_NEAR(interval->high, 0.0144396721, 1e-9);
}

TEST(PairedInterval, of_equal_predictions_has_the_width_of_two_changed_samples) {
  const auto interval = paired_interval(f1_before(), f1_before());
  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->high, 0.0559362892, 1e-9);
  EXPECT_NEAR(interval->low, -interval->high, 1e-15);
  // One sample that is lost changes F1 by 80 / 90 - 78 / 89.
  EXPECT_GT(interval->high, 80.0 / 90 - 78.0 / 89);
  const auto right = paired_interval(Outcomes(98, Part{1, 1}), Outcomes(98, Part{1, 1}));
  // Bonett and Price: 0 +- 1.96 sqrt(2 / 100 / 100).
  EXPECT_NEAR(right->high, 1.959963985 * std::sqrt(2.0) / 100, 1e-9);
}

TEST(PairedInterval, does_not_depend_on_samples_that_count_for_neither_model) {
  Outcomes before = f1_before();
  Outcomes after = f1_after();
  const auto interval = paired_interval(before, after);
  add(before, 1000, kOther);
  add(after, 1000, kOther);
  EXPECT_EQ(paired_interval(before, after)->low, interval->low);
  EXPECT_EQ(paired_interval(before, after)->high, interval->high);
}

TEST(PairedInterval, of_an_undefined_figure_is_not_known) {
  EXPECT_FALSE(paired_interval({{0, 0}, {0, 0}}, {{1, 1}, {0, 0}}));
  EXPECT_FALSE(paired_interval({{0, 0}}, {{0, 0}}));
  EXPECT_FALSE(paired_interval({}, {}));
  EXPECT_FALSE(paired_interval({{1, 1}}, {{1, 1}, {0, 1}}));
  EXPECT_FALSE(paired_interval({{1e308, 1e308}, {0, 1e308}}, {{1, 1}, {1, 1}}));
}

/// A run of one original and one row with the figure of a metric.
store::RunResult run(const std::string& metric, const std::string& figure, double scale) {
  store::RunResult result;
  result.spec = {{"task", "text-classification"}, {"metrics", {metric}}};
  result.benchmarked = {{"name", {"a", "b"}}};
  result.evaluation_samples = 100;
  for (const auto& [outcomes, quantized] : {std::pair(f1_before(), false), {f1_after(), true}}) {
    store::Row& row = result.rows.emplace_back();
    Part sum;
    for (const Part& part : outcomes) sum += part;
    row.parameters = {{"framework", "onnxruntime"}, {"name", quantized ? "b" : "a"}};
    row.quantized = quantized;
    row.evaluation = {{figure, scale * sum.ratio()}};
    row.outcomes = {{figure, metric::text_of(outcomes)}};
    measure::Timing& timing = row.timings.emplace_back();
    timing.batch_size = 1;
    timing.input_length = 32;
    timing.latency_mean = quantized ? 1 : 2;
  }
  return result;
}

TEST(Change, of_f1_compares_the_same_samples) {
  store::RunResult result = run("f1", "f1", 1);
  const auto change = change_of(result, result.rows[1], "f1");
  ASSERT_TRUE(change && change->interval);
  EXPECT_TRUE(change->paired);
  EXPECT_NEAR(change->interval->low, -0.1250421597, 1e-9);
  EXPECT_THAT(report::answer_sentences(result)[2],
              testing::HasSubstr("95 % interval -12.50 to +1.44, both on the same 100 samples"));

  result.rows[0].outcomes.clear();
  const auto unpaired = change_of(result, result.rows[1], "f1");
  ASSERT_TRUE(unpaired && unpaired->interval);
  EXPECT_FALSE(unpaired->paired);
  EXPECT_LT(unpaired->interval->low, change->interval->low - 0.02);
  EXPECT_THAT(report::answer_sentences(result)[2],
              testing::HasSubstr("roughly: computed as if both saw different samples"));
}

TEST(Change, of_a_figure_in_per_cent_has_an_interval_in_per_cent) {
  // Of the questions with an answer only: without their parts, the noise is not known.
  store::RunResult result = run("squad_v2", "HasAns_f1", 100);
  const auto change = change_of(result, result.rows[1], "HasAns_f1");
  ASSERT_TRUE(change && change->interval);
  EXPECT_TRUE(change->paired);
  EXPECT_NEAR(change->interval->low, -12.50421597, 1e-7);
  result.rows[1].outcomes.clear();
  EXPECT_FALSE(change_of(result, result.rows[1], "HasAns_f1")->interval);
}

TEST(Change, of_a_figure_that_divides_by_0_has_no_interval) {
  store::RunResult result = run("precision", "precision", 1);
  result.rows[1].outcomes["precision"] = metric::text_of(Outcomes(100, Part{0, 0}));
  result.rows[1].evaluation["precision"] = 0;
  const auto change = change_of(result, result.rows[1], "precision");
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->interval);
  EXPECT_FALSE(change->paired);
}

}  // namespace
}  // namespace quantbench::analysis
