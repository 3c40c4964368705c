#include "quantbench/analysis/run_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/report/run_comparison_text.h"

namespace quantbench::analysis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// An original and a quantized row. Every forward of the quantized row takes `latency` ms, plus or
/// minus 1 %.
store::RunResult run(double latency, double accuracy) {
  store::RunResult result;
  result.benchmarked = {{"apply_quantization", {false, true}}};
  for (const bool quantized : {false, true}) {
    store::Row& row = result.rows.emplace_back();
    row.parameters = {{"apply_quantization", quantized}};
    row.quantized = quantized;
    row.evaluation = {{"accuracy", quantized ? accuracy : 0.9}, {"latency_in_seconds", latency}};
    measure::Timing& timing = row.timings.emplace_back();
    timing.batch_size = 1;
    timing.input_length = 32;
    timing.latency_mean = quantized ? latency : 20;
    for (int i = 0; i < 400; ++i)
      timing.latencies.push_back(timing.latency_mean * (1 + 0.01 * ((i * 7) % 11 - 5) / 5));
  }
  return result;
}

TEST(CompareRuns, finds_a_slowdown_beyond_threshold_and_noise) {
  EXPECT_EQ(compare_runs(run(10, 0.9), run(10.4, 0.9)).regressions(), 0U);
  const RunComparison slower = compare_runs(run(10, 0.9), run(11, 0.9));
  EXPECT_EQ(slower.regressions(), 1U);
  ASSERT_EQ(slower.times.size(), 2U);
  EXPECT_FALSE(slower.times[0].regression);
  EXPECT_TRUE(slower.times[1].regression);
  EXPECT_NEAR(slower.times[1].ratio.value, 1.1, 1e-12);
}

TEST(CompareRuns, does_not_call_noise_a_slowdown) {
  store::RunResult noisy = run(11, 0.9);
  auto& latencies = noisy.rows[1].timings[0].latencies;
  for (std::size_t i = 0; i < latencies.size(); ++i) latencies[i] = i < 40 ? 101 : 1;
  EXPECT_EQ(compare_runs(run(10, 0.9), noisy).regressions(), 0U);
}

TEST(CompareRuns, finds_a_loss_of_accuracy_and_leaves_the_evaluations_time_out) {
  EXPECT_EQ(compare_runs(run(10, 0.9), run(10, 0.89)).regressions(), 0U);
  const RunComparison worse = compare_runs(run(10, 0.9), run(10, 0.88));
  EXPECT_EQ(worse.regressions(), 1U);
  EXPECT_EQ(worse.figures.size(), 2U);
  EXPECT_THAT(report::comparison_markdown(worse), HasSubstr("**regression**"));
}

TEST(CompareRuns, counts_a_row_that_no_longer_runs) {
  store::RunResult after = run(10, 0.9);
  after.rows[1].status = store::Row::Status::kFailed;
  after.rows[1].message = "out of memory";
  EXPECT_THAT(compare_runs(run(10, 0.9), after).broken,
              ElementsAre(HasSubstr("failed, out of memory")));
}

TEST(CompareRuns, matches_a_parameter_that_one_run_fixed_and_the_other_benchmarked) {
  store::RunResult fixed = run(10, 0.9);
  fixed.rows.erase(fixed.rows.begin());
  fixed.rows[0].parameters = Json::object();
  fixed.benchmarked = Json::object();
  fixed.fixed = {{"apply_quantization", true}};
  const RunComparison comparison = compare_runs(run(10, 0.9), fixed);
  EXPECT_EQ(comparison.times.size(), 1U);
  EXPECT_THAT(comparison.notes, ElementsAre(HasSubstr("only in the first run")));
}

TEST(CompareRuns, refuses_runs_without_a_common_row) {
  store::RunResult other = run(10, 0.9);
  other.rows.clear();
  EXPECT_THROW(compare_runs(run(10, 0.9), other), Error);
}

TEST(CompareRuns, takes_a_share_of_the_metric_where_the_threshold_is_one) {
  const auto drop_of = [](double from, double to, const std::string& allowed) {
    const Thresholds thresholds{.max_metric_drop = Allowance::parse(allowed, "--max-metric-drop")};
    return compare_runs(run(10, from), run(10, to), thresholds).regressions();
  };
  EXPECT_EQ(drop_of(80, 79.3, "1%"), 0U);
  EXPECT_EQ(drop_of(80, 79.1, "1%"), 1U);
  EXPECT_EQ(drop_of(80, 79.3, "0.01"), 1U);
  EXPECT_EQ(drop_of(0.9, NAN, "1%"), 1U) << "a metric that is no number any more";
}

TEST(CompareRuns, names_the_facts_in_which_the_machines_differ) {
  store::RunResult before = run(10, 0.9);
  store::RunResult after = run(10, 0.9);
  before.machine = {{"cpu", "A"}, {"cores", 4}};
  after.machine = {{"cpu", "B"}, {"cores", 4}};
  EXPECT_THAT(compare_runs(before, after).notes,
              ElementsAre("the machines differ, cpu: A, then B"));
}

TEST(CompareRuns, says_where_the_ratio_alone_decides) {
  store::RunResult few = run(11, 0.9);
  few.rows[1].timings[0].latencies.resize(3);
  few.rows[1].timings[0].nb_forwards = 3;
  const RunComparison comparison = compare_runs(run(10, 0.9), few);
  EXPECT_EQ(comparison.regressions(), 1U);
  EXPECT_THAT(comparison.notes, ElementsAre(HasSubstr("1 of 2 latencies have no interval")));
}

TEST(CompareRuns, gives_the_interval_as_json_and_as_markdown) {
  const RunComparison comparison = compare_runs(run(10, 0.9), run(11, 0.9));
  const Json json = report::comparison_json(comparison);
  EXPECT_EQ(json["regressions"], 1);
  EXPECT_EQ(json["latencies"][1]["parameters"]["apply_quantization"], true);
  EXPECT_LT(json["latencies"][1]["interval_95"][0], 1.1);
  EXPECT_GT(json["latencies"][1]["interval_95"][1], 1.1);
  EXPECT_THAT(report::comparison_markdown(comparison), HasSubstr("| **regression** |"));
}

TEST(CompareRuns, judges_an_error_metric_the_other_way_round) {
  const auto errors = [](const std::string& metric, double from, double to) {
    store::RunResult before = run(10, 0.9);
    store::RunResult after = run(10, 0.9);
    before.rows[1].evaluation[metric] = from;
    after.rows[1].evaluation[metric] = to;
    return compare_runs(before, after);
  };
  EXPECT_EQ(errors("mse", 0.5, 0.6).regressions(), 1U);
  EXPECT_EQ(errors("mse", 0.6, 0.5).regressions(), 0U);
  const RunComparison unknown = errors("word_error_rate", 0.5, 0.1);
  EXPECT_EQ(unknown.regressions(), 0U);
  EXPECT_THAT(unknown.notes, ElementsAre(HasSubstr("'word_error_rate': not judged")));
}

TEST(CompareRuns, matches_originals_of_grids_that_differ_in_how_they_quantize) {
  store::RunResult benchmarked = run(10, 0.9);
  benchmarked.benchmarked["per_channel"] = {false, true};
  benchmarked.rows[0].parameters["per_channel"] = nullptr;
  benchmarked.rows[1].parameters["per_channel"] = true;
  store::RunResult fixed = run(10, 0.9);
  fixed.fixed["per_channel"] = true;
  const RunComparison comparison = compare_runs(benchmarked, fixed);
  EXPECT_EQ(comparison.times.size(), 2U);
  EXPECT_TRUE(comparison.notes.empty()) << comparison.notes.front();
  fixed.fixed["per_channel"] = false;
  EXPECT_EQ(compare_runs(benchmarked, fixed).times.size(), 1U) << "the original alone";
}

TEST(CompareRuns, refuses_a_metric_drop_of_100_points) {
  const Thresholds all{.max_metric_drop = Allowance::parse("1", "--max-metric-drop")};
  try {
    compare_runs(run(10, 0.9), run(10, 0.9), all);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("a metric drop of 1 is 100 points of accuracy"));
    EXPECT_THAT(error.what(), HasSubstr("give 0.01 for one point"));
  }
}

TEST(CompareRuns, means_one_point_by_a_drop_of_a_hundredth_whatever_the_scale) {
  const auto drop_of = [](double points) {
    store::RunResult before = run(10, 0.9);
    store::RunResult after = run(10, 0.9);
    for (store::RunResult* one : {&before, &after}) one->spec["metrics"] = {"squad"};
    before.rows[1].evaluation = {{"f1", 87.0}};
    after.rows[1].evaluation = {{"f1", 87.0 - points}};
    return compare_runs(before, after).regressions();
  };
  EXPECT_EQ(drop_of(0.9), 0U);
  EXPECT_EQ(drop_of(1.1), 1U);
}

TEST(Allowance, of_latencies_is_a_share_below_1) {
  EXPECT_DOUBLE_EQ(Allowance::parse_share("0.05", "--x").amount, 0.05);
  EXPECT_DOUBLE_EQ(Allowance::parse_share("200%", "--x").amount, 2);
  EXPECT_THROW(Allowance::parse_share("5", "--x"), Error);
}

TEST(Allowance, is_a_share_or_an_amount_and_nothing_else) {
  EXPECT_DOUBLE_EQ(Allowance::parse("5%", "--x").amount, 0.05);
  EXPECT_TRUE(Allowance::parse("5 %", "--x").relative);
  EXPECT_DOUBLE_EQ(Allowance::parse("0.01", "--x").amount, 0.01);
  for (const char* text : {"", "%", "five", "-1%", "nan", "inf", "5%%", "1,5", "0x10"})
    EXPECT_THROW(Allowance::parse(text, "--x"), Error) << text;
}

}  // namespace
}  // namespace quantbench::analysis
