#include "quantbench/measure/ratio.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "quantbench/measure/statistics.h"

namespace quantbench::measure {
namespace {

Timing timing_of(std::vector<double> latencies) {
  Timing timing;
  timing.nb_forwards = static_cast<std::int64_t>(latencies.size());
  timing.latency_mean = mean(latencies);
  timing.latency_std = standard_deviation(latencies);
  timing.latencies = std::move(latencies);
  return timing;
}

TEST(LatencyRatio, has_an_interval_that_holds_the_true_ratio_about_95_times_of_100) {
  std::mt19937 generator(7);
  std::lognormal_distribution<double> noise(0, 0.2);
  const auto draw = [&](double scale) {
    std::vector<double> out(200);
    for (double& value : out) value = scale * noise(generator);
    return timing_of(out);
  };
  int held = 0;
  constexpr int kRounds = 2000;
  for (int i = 0; i < kRounds; ++i) {
    const Timing before = draw(10);
    const auto ratio = latency_ratio(before, draw(12));
    held += ratio->interval->low <= 1.2 && 1.2 <= ratio->interval->high ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(held) / kRounds, 0.95, 0.02);
}

TEST(LatencyRatio, has_such_an_interval_of_forwards_that_depend_on_the_one_before) {
  std::mt19937 generator(11);
  std::normal_distribution<double> noise(0, 1);
  const auto draw = [&](double scale) {
    std::vector<double> out(900);
    double drift = 0;
    for (double& value : out) {
      drift = 0.6 * drift + noise(generator);
      value = scale * (1 + 0.05 * drift);
    }
    return timing_of(out);
  };
  int held = 0;
  int held_as_if_independent = 0;
  constexpr int kRounds = 1000;
  for (int i = 0; i < kRounds; ++i) {
    Timing before = draw(10);
    Timing after = draw(12);
    const auto holds = [&] {
      const auto interval = *latency_ratio(before, after)->interval;
      return interval.low <= 1.2 && 1.2 <= interval.high ? 1 : 0;
    };
    held += holds();
    before.latencies.clear();  // only mean and standard deviation are left
    after.latencies.clear();
    held_as_if_independent += holds();
  }
  EXPECT_NEAR(static_cast<double>(held) / kRounds, 0.95, 0.03);
  EXPECT_LT(static_cast<double>(held_as_if_independent) / kRounds, 0.75);
}

TEST(LatencyRatio, is_less_sure_when_latencies_drift_together) {
  std::mt19937 generator(7);
  std::normal_distribution<double> noise(0, 1);
  std::vector<double> independent;
  std::vector<double> drifting;
  double drift = 0;
  for (int i = 0; i < 900; ++i) {
    drift = 0.95 * drift + noise(generator);
    drifting.push_back(100 + drift);
    independent.push_back(100 + noise(generator) * 3.2);  // about the same standard deviation
  }
  const auto width = [](const Timing& timing) {
    const auto ratio = latency_ratio(timing, timing);
    return ratio->interval->high - ratio->interval->low;
  };
  EXPECT_GT(width(timing_of(drifting)), 2 * width(timing_of(independent)));
}

TEST(LatencyRatio, has_no_interval_without_a_spread_and_no_value_without_means) {
  Timing card;
  card.latency_mean = 10;
  card.nb_forwards = 100;
  card.latency_std = NAN;
  const auto ratio = latency_ratio(card, card);
  ASSERT_TRUE(ratio);
  EXPECT_EQ(ratio->value, 1);
  EXPECT_FALSE(ratio->interval);
  card.latency_mean = NAN;
  EXPECT_FALSE(latency_ratio(card, card));
}

TEST(Student, is_near_the_tables) {
  EXPECT_NEAR(student_975(3), 3.182, 0.02);
  EXPECT_NEAR(student_975(10), 2.228, 0.001);
  EXPECT_NEAR(student_975(1e9), 1.960, 0.001);
}

}  // namespace
}  // namespace quantbench::measure
