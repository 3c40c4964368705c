#include "quantbench/analysis/speedup.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace quantbench::analysis {
namespace {

/// Two rows that were timed in turns. The machine is up to twice as slow in some rounds, for both.
struct Pair {
  measure::Timing first;
  measure::Timing second;
};

Pair timed_together(double ratio) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> load(1, 2);
  std::normal_distribution<double> noise(1, 0.002);
  Pair out;
  for (measure::Timing* timing : {&out.first, &out.second}) {
    timing->speedup = {.value = 2, .low = 1.9, .high = 2.1, .original_mean = 20.125};
  }
  for (int round = 0; round < 60; ++round) {
    const double slow = load(random);
    out.first.latencies.push_back(10 * slow * noise(random));
    out.second.latencies.push_back(10 * ratio * slow * noise(random));
  }
  for (measure::Timing* timing : {&out.first, &out.second}) {
    timing->nb_forwards = 60;
    timing->starts = {20, 20, 20};
    timing->turns.assign(60, 1);
    double sum = 0;
    for (const double latency : timing->latencies) sum += latency;
    timing->latency_mean = sum / 60;
  }
  return out;
}

TEST(RatioOfRows, of_turns_tells_apart_what_the_means_do_not) {
  const Pair pair = timed_together(1.02);
  const auto by_means = latency_change(pair.first, pair.second);
  ASSERT_TRUE(by_means && by_means->interval);
  EXPECT_LT(by_means->interval->low, 1);
  const auto by_turns = ratio_of_rows(pair.first, pair.second);
  ASSERT_TRUE(by_turns && by_turns->interval);
  EXPECT_NEAR(by_turns->value, 1.02, 0.002);
  EXPECT_GT(by_turns->interval->low, 1);
  EXPECT_LT(by_turns->interval->high, 1.04);
}

TEST(RatioOfRows, of_different_groups_is_of_the_means) {
  Pair pair = timed_together(1.02);
  pair.second.speedup->original_mean = 20.25;
  const auto ratio = ratio_of_rows(pair.first, pair.second);
  ASSERT_TRUE(ratio && ratio->interval);
  EXPECT_LT(ratio->interval->low, 1);
}

TEST(RatioOfRows, of_one_measurement_is_1) {
  const Pair pair = timed_together(1.02);
  const auto ratio = ratio_of_rows(pair.first, pair.first);
  ASSERT_TRUE(ratio && ratio->interval);
  EXPECT_EQ(ratio->value, 1);
  EXPECT_EQ(ratio->interval->low, 1);
}

}  // namespace
}  // namespace quantbench::analysis
