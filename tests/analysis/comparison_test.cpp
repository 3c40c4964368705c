#include "quantbench/analysis/comparison.h"

#include <gtest/gtest.h>

#include <cmath>

#include "quantbench/analysis/speedup.h"

namespace quantbench::analysis {
namespace {

using store::Row;

Row row(const Json& parameters, bool quantized, double accuracy, double latency_ms) {
  Row out;
  out.parameters = parameters;
  out.quantized = quantized;
  out.evaluation["accuracy"] = accuracy;
  measure::Timing timing;
  timing.batch_size = 1;
  timing.input_length = 128;
  timing.latency_mean = latency_ms;
  out.timings = {timing};
  return out;
}

TEST(Comparison, is_with_the_original_of_the_same_framework_not_with_the_slower_one) {
  store::RunResult result;
  result.rows = {row({{"framework", "pytorch"}}, false, 0.90, 30),
                 row({{"framework", "onnxruntime"}}, false, 0.90, 20),
                 row({{"framework", "onnxruntime"}}, true, 0.88, 10)};
  const auto comparisons = compare_with_originals(result);
  EXPECT_FALSE(comparisons[0].baseline);
  EXPECT_FALSE(comparisons[1].baseline);
  ASSERT_EQ(comparisons[2].baseline, 1U);
  EXPECT_DOUBLE_EQ(comparisons[2].speedups.at(0).value().value, 2.0);
  EXPECT_NEAR(comparisons[2].changes.at("accuracy"), -0.02, 1e-12);
}

TEST(Comparison, prefers_the_original_with_the_same_framework_args) {
  store::RunResult result;
  const Json one = {{"intra_op_num_threads", 1}};
  const Json two = {{"intra_op_num_threads", 2}};
  result.fixed = {{"framework", "onnxruntime"}};
  result.rows = {row({{"framework_args", one}}, false, 0.9, 40),
                 row({{"framework_args", two}}, false, 0.9, 20),
                 row({{"framework_args", two}}, true, 0.9, 10)};
  EXPECT_EQ(compare_with_originals(result)[2].baseline, 1U);
}

TEST(Comparison, says_nothing_of_a_place_the_original_was_not_timed_at) {
  store::RunResult result;
  result.rows = {row({}, false, 0.9, 20), row({}, true, 0.9, 10)};
  result.rows[0].timings[0].batch_size = 8;
  EXPECT_FALSE(compare_with_originals(result)[1].speedups.at(0));
}

TEST(Comparison, needs_an_original_that_could_be_measured) {
  store::RunResult result;
  result.rows = {row({}, false, 0.9, 20), row({}, true, 0.9, 10)};
  result.rows[0].status = Row::Status::kFailed;
  EXPECT_FALSE(compare_with_originals(result)[1].baseline);
}

TEST(ComparedTiming, is_found_by_its_shape_with_the_speedup_at_its_own_place) {
  store::RunResult result;
  result.rows = {row({}, false, 0.9, 20), row({}, true, 0.9, 10)};
  for (Row& one : result.rows) {
    one.timings.push_back(one.timings[0]);
    one.timings[1].batch_size = 8;
  }
  result.rows[1].timings[1].latency_mean = 40;
  const Row& quantized = result.rows[1];
  const Comparison comparison = compare_with_originals(result)[1];
  const auto found = compared_timing(quantized, comparison, {8, 128});
  ASSERT_TRUE(found);
  EXPECT_EQ(&found->timing, &quantized.timings[1]);
  EXPECT_DOUBLE_EQ(found->speedup.value().value, 0.5);
  EXPECT_FALSE(compared_timing(quantized, comparison, {8, 64}));
}

TEST(Comparison, of_one_measurement_with_itself_has_no_noise) {
  store::RunResult result;
  result.rows = {row({}, false, 0.9, 20), row({}, true, 0.9, 20)};
  for (Row& one : result.rows) one.timings[0].latencies = {10, 30, 15, 25, 20, 20, 12, 28};
  const auto speedup = compare_with_originals(result)[1].speedups.at(0);
  ASSERT_TRUE(speedup && speedup->interval);
  EXPECT_EQ(speedup->interval->low, 1);
  EXPECT_EQ(speedup->interval->high, 1);
}

measure::PairedRatio paired(double value, double low, double high) {
  return {.value = value, .low = low, .high = high, .original_mean = 17, .rounds = 40, .starts = 3};
}

TEST(Comparison, takes_the_speedup_of_the_same_turns_where_there_is_one) {
  store::RunResult result;
  result.rows = {row({}, false, 0.9, 20), row({}, true, 0.9, 10)};
  result.rows[1].timings[0].speedup = paired(1.7, 1.6, 1.8);
  const auto speedup = compare_with_originals(result)[1].speedups.at(0);
  ASSERT_TRUE(speedup && speedup->interval);
  EXPECT_EQ(speedup->value, 1.7);
  EXPECT_EQ(speedup->interval->low, 1.6);
  EXPECT_EQ(speedup->interval->high, 1.8);
  EXPECT_EQ(original_latency(&result.rows[0].timings[0], result.rows[1].timings[0]), 17);

  result.rows[1].timings[0].speedup = paired(1.7, NAN, NAN);
  EXPECT_FALSE(compare_with_originals(result)[1].speedups.at(0)->interval);
  // The original's own row may have failed afterwards.
  result.rows.erase(result.rows.begin());
  EXPECT_EQ(compare_with_originals(result)[0].speedups.at(0)->value, 1.7);
  EXPECT_FALSE(compare_with_originals(result)[0].baseline);
}

TEST(FastestFirst, puts_rows_without_a_timing_last) {
  store::RunResult result;
  result.rows = {row({}, true, 0.9, 10), row({}, false, 0.9, 20), row({}, true, 0.9, 11),
                 row({}, false, 0.9, 21)};
  result.rows[0].timings.clear();
  EXPECT_EQ(fastest_first(result, {1, 128}), (std::vector<std::size_t>{2, 1, 3, 0}));
}

}  // namespace
}  // namespace quantbench::analysis
