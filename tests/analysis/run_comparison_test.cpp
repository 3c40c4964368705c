#include "quantbench/analysis/run_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/measure/statistics.h"
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
  const RunComparison comparison = compare_runs(run(10, 0.9), noisy);
  EXPECT_EQ(comparison.regressions(), 0U);
  EXPECT_EQ(comparison.inconclusive(), 1U);
  EXPECT_THAT(comparison.times[1].doubts,
              ElementsAre(HasSubstr("wide, more than the threshold of 5 %")));
}

/// The quantized row's latencies scatter by 40 % from batch to batch.
store::RunResult scattered(double latency, unsigned seed) {
  store::RunResult result = run(latency, 0.9);
  auto& latencies = result.rows[1].timings[0].latencies;
  std::mt19937 generator(seed);
  std::lognormal_distribution<double> load(0, 0.4);
  double level = 1;
  for (std::size_t i = 0; i < latencies.size(); ++i) {
    if (i % 20 == 0) level = load(generator);
    latencies[i] = latency * level;
  }
  result.rows[1].timings[0].latency_mean = measure::mean(latencies);
  return result;
}

TEST(CompareRuns, never_calls_the_same_model_under_load_a_regression) {
  int unclear = 0;
  for (unsigned seed = 0; seed < 100; seed += 2) {
    const RunComparison comparison = compare_runs(scattered(10, seed), scattered(10, seed + 1));
    EXPECT_EQ(comparison.regressions(), 0U) << seed;
    unclear += static_cast<int>(comparison.inconclusive());
  }
  EXPECT_GT(unclear, 25);
}

TEST(CompareRuns, finds_a_latency_inconclusive_whose_timing_is_not_to_be_trusted) {
  const store::RunResult before = run(10, 0.9);
  store::RunResult after = run(15, 0.9);
  after.rows[1].timings[0].verdict = {measure::Trust::kWithCare, {"some load"}};
  EXPECT_EQ(compare_runs(before, after).regressions(), 1U);
  after.rows[1].timings[0].verdict = {measure::Trust::kNot, {"other programs took 1.3 processors"}};
  for (const RunComparison& comparison :
       {compare_runs(before, after), compare_runs(after, before)}) {
    EXPECT_EQ(comparison.regressions(), 0U);
    EXPECT_EQ(comparison.inconclusive(), 1U);
    EXPECT_THAT(comparison.times[1].doubts,
                ElementsAre(HasSubstr("is not to be trusted: other programs took 1.3")));
  }
}

TEST(CompareRuns, is_sure_of_a_row_that_is_faster_in_spite_of_the_noise) {
  const RunComparison comparison = compare_runs(run(40, 0.9), scattered(10, 1));
  EXPECT_EQ(comparison.inconclusive(), 0U);
  EXPECT_EQ(comparison.regressions(), 0U);
}

TEST(CompareRuns, has_no_doubt_about_a_measurement_that_both_runs_share) {
  store::RunResult shared = scattered(10, 1);
  shared.rows[1].timings[0].verdict = {measure::Trust::kNot, {"load"}};
  const RunComparison comparison = compare_runs(shared, shared);
  EXPECT_EQ(comparison.inconclusive(), 0U);
  EXPECT_EQ(comparison.times[1].ratio.interval->low, 1);
}

TEST(CompareRuns, lets_the_differences_between_starts_into_the_interval) {
  const auto started = [](std::vector<double> levels) {
    store::RunResult result = run(10, 0.9);
    measure::Timing& timing = result.rows[1].timings[0];
    for (std::size_t i = 0; i < timing.latencies.size(); ++i)
      timing.latencies[i] *= levels[i * levels.size() / timing.latencies.size()];
    timing.latency_mean = measure::mean(timing.latencies);
    timing.starts.assign(levels.size(), 400 / static_cast<std::int64_t>(levels.size()));
    return result;
  };
  const auto before = started({1, 1.01, 1, 1.01});
  EXPECT_EQ(compare_runs(before, started({1.1, 1.11, 1.1, 1.11})).regressions(), 1U);
  auto apart = started({1.07, 1.13, 1.08, 1.12});
  EXPECT_EQ(compare_runs(before, apart).regressions(), 0U);
  EXPECT_EQ(compare_runs(before, apart).inconclusive(), 1U);
  // As one start, the batches seem to be sure of it.
  apart.rows[1].timings[0].starts.clear();
  EXPECT_EQ(compare_runs(before, apart).regressions(), 1U);
}

/// Two streams at 1 x 32: the original takes 100 samples per second.
store::RunResult under_load(double samples_per_second, double latency_99) {
  store::RunResult result = run(10, 0.9);
  for (store::Row& row : result.rows) {
    measure::StreamFigures& figures = row.streams.emplace_back();
    figures.streams = 2;
    figures.batch_size = 1;
    figures.input_length = 32;
    figures.samples_per_second = row.quantized ? samples_per_second : 100;
    figures.latency_99 = row.quantized ? latency_99 : 25;
  }
  return result;
}

TEST(CompareRuns, lists_throughputs_of_concurrent_streams_and_judges_them_if_asked_to) {
  const auto before = under_load(200, 12);
  auto after = under_load(170, 15);
  after.rows[0].streams[0].streams = 4;  // another load
  RunComparison comparison = compare_runs(before, after);
  ASSERT_EQ(comparison.throughputs.size(), 1U);
  const ThroughputChange& change = comparison.throughputs[0];
  EXPECT_EQ(change.load, (Load{2, {1, 32}}));
  EXPECT_DOUBLE_EQ(change.ratio(), 0.85);
  EXPECT_EQ(change.latency_99_before, 12);
  EXPECT_EQ(change.latency_99_after, 15);
  EXPECT_EQ(comparison.regressions(), 0U);
  EXPECT_THAT(report::verdict(comparison), HasSubstr("2 latencies, 1 throughputs and 2 figures"));

  Thresholds thresholds;
  thresholds.max_throughput_drop = Allowance{.amount = 0.2, .relative = true};
  EXPECT_EQ(compare_runs(before, after, thresholds).regressions(), 0U);
  thresholds.max_throughput_drop->amount = 0.1;
  comparison = compare_runs(before, after, thresholds);
  EXPECT_EQ(comparison.regressions(), 1U);
  EXPECT_EQ(compare_runs(after, before, thresholds).regressions(), 0U);
  EXPECT_THAT(report::comparison_markdown(comparison), HasSubstr("| 2 streams, 1 x 32 |"));
  const Json json = report::comparison_json(comparison)["streams"][0];
  EXPECT_EQ(json["streams"], 2);
  EXPECT_EQ(json["before_samples_per_second"], 200);
  EXPECT_EQ(json["after_latency_99_ms"], 15);
  EXPECT_EQ(json["regression"], true);
  EXPECT_THROW(compare_runs(run(10, 0.9), run(10, 0.9), thresholds), Error);
}

TEST(CompareWithOwnOriginals, limits_the_throughput_of_concurrent_streams) {
  OriginalLimits limits;
  limits.min_throughput = 1.5;
  EXPECT_EQ(compare_with_own_originals(under_load(160, 12), limits).regressions(), 0U);
  const RunComparison slow = compare_with_own_originals(under_load(140, 12), limits);
  EXPECT_EQ(slow.regressions(), 1U);
  EXPECT_EQ(slow.throughputs.at(0).before, 100);
  EXPECT_EQ(slow.throughputs.at(0).latency_99_before, 25);
  EXPECT_THROW(compare_with_own_originals(run(10, 0.9), limits), Error);
}

TEST(CompareRuns, lists_inconclusive_latencies_in_a_section_of_their_own) {
  const RunComparison comparison = compare_runs(scattered(10, 4), scattered(10, 5));
  ASSERT_EQ(comparison.inconclusive(), 1U);
  EXPECT_THAT(report::verdict(comparison),
              HasSubstr("no regression, 1 inconclusive in 2 latencies and 2 figures"));
  const std::string markdown = report::comparison_markdown(comparison);
  EXPECT_THAT(markdown, HasSubstr("**Inconclusive:** "));
  EXPECT_THAT(markdown, HasSubstr("| inconclusive |"));
  const Json json = report::comparison_json(comparison);
  ASSERT_EQ(json["inconclusive"].size(), 1U);
  EXPECT_EQ(json["inconclusive"][0]["input_length"], 32);
  EXPECT_THAT(json["inconclusive"][0]["reasons"][0].get<std::string>(), HasSubstr("% wide"));
  EXPECT_EQ(json["latencies"][1]["inconclusive"], true);
  EXPECT_EQ(json["latencies"][0]["inconclusive"], false);
}

/// Regressions of the rows of a run against their originals.
std::size_t against(const store::RunResult& result, double max_latency,
                    const std::string& max_drop = "0.01") {
  return compare_with_own_originals(result,
                                    {max_latency, Allowance::parse(max_drop, "--max-metric-drop")})
      .regressions();
}

TEST(CompareWithOwnOriginals, limits_latencies_and_metrics) {
  const store::RunResult fast = run(10, 0.895);  // the original: 20 ms, 0.9
  EXPECT_EQ(against(fast, 1), 0U);
  EXPECT_EQ(against(fast, 0.51), 0U);
  EXPECT_EQ(against(fast, 0.4), 1U);
  EXPECT_EQ(against(fast, 1, "0.001"), 1U);
  EXPECT_EQ(against(run(21, 0.88), 1), 2U);
  const RunComparison comparison = compare_with_own_originals(fast);
  ASSERT_EQ(comparison.times.size(), 1U) << "the original itself is not judged";
  EXPECT_EQ(comparison.times[0].before, 20);
  EXPECT_EQ(comparison.times[0].after, 10);
  EXPECT_NEAR(comparison.times[0].ratio.value, 0.5, 1e-12);
  EXPECT_THAT(report::comparison_markdown(comparison), HasSubstr("original (ms)"));
}

TEST(CompareWithOwnOriginals, takes_the_ratio_of_the_same_turns) {
  store::RunResult result = run(10, 0.9);
  result.rows[1].timings[0].speedup = measure::PairedRatio{
      .value = 1.25, .low = 1.2, .high = 1.3, .original_mean = 12.5, .rounds = 9, .starts = 1};
  EXPECT_EQ(against(result, 0.9), 0U);
  EXPECT_EQ(against(result, 0.7), 1U);
  const RunComparison unclear = compare_with_own_originals(result, {.max_latency = 0.8});
  EXPECT_EQ(unclear.regressions(), 0U);
  EXPECT_THAT(unclear.times.at(0).doubts,
              ElementsAre("the 95 % interval contains the limit of 0.8"));
  EXPECT_EQ(unclear.times[0].before, 12.5);
}

TEST(CompareWithOwnOriginals, finds_a_row_inconclusive_that_is_not_to_be_trusted) {
  store::RunResult result = run(30, 0.9);
  result.rows[1].timings[0].verdict = {measure::Trust::kNot, {"steal time"}};
  EXPECT_EQ(against(result, 1), 0U);
  EXPECT_EQ(compare_with_own_originals(result).inconclusive(), 1U);
  result.rows[1].timings[0].verdict = {};
  result.rows[0].timings[0].verdict = {measure::Trust::kNot, {"steal time"}};
  EXPECT_THAT(compare_with_own_originals(result).times.at(0).doubts,
              ElementsAre("the timing of the original is not to be trusted: steal time"));
}

TEST(CompareWithOwnOriginals, counts_a_row_that_failed_and_needs_an_original) {
  store::RunResult result = run(10, 0.9);
  store::Row failed = result.rows[1];
  failed.status = store::Row::Status::kFailed;
  failed.message = "out of memory";
  failed.timings.clear();
  failed.evaluation.clear();
  result.rows.push_back(failed);
  EXPECT_THAT(compare_with_own_originals(result).broken,
              ElementsAre(HasSubstr("failed, out of memory")));
  store::RunResult alone = run(10, 0.9);
  alone.rows.erase(alone.rows.begin());
  EXPECT_THROW(compare_with_own_originals(alone), Error);
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

TEST(LatencyLimit, is_a_ratio_or_a_share_of_the_originals_latency) {
  EXPECT_DOUBLE_EQ(parse_ratio("0.8", "--x"), 0.8);
  EXPECT_DOUBLE_EQ(parse_ratio("80%", "--x"), 0.8);
  EXPECT_DOUBLE_EQ(parse_ratio("1.05", "--x"), 1.05);
  EXPECT_DOUBLE_EQ(parse_ratio("2000%", "--x"), 20);
  for (const char* text : {"", "80", "0", "0%", "-1", "fast", "nan", "inf"})
    EXPECT_THROW(parse_ratio(text, "--x"), Error) << text;
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
