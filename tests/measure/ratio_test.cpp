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

/// Each start has `forwards` latencies around its own mean, within 1 % of it.
Timing with_starts(const std::vector<double>& means, int forwards) {
  std::vector<double> latencies;
  for (const double start : means) {
    for (int i = 0; i < forwards; ++i)
      latencies.push_back(start * (1 + 0.002 * ((i * 7) % 11 - 5)));
  }
  Timing timing = timing_of(latencies);
  timing.starts.assign(means.size(), forwards);
  return timing;
}

// By scipy: stats.sem([10, 11, 12.3]) / mean
TEST(SpreadBetweenStarts, is_the_standard_error_of_the_starts_means) {
  Timing timing = timing_of({10, 10, 11, 11, 12, 12.6});
  timing.starts = {2, 2, 2};
  const auto spread = spread_between_starts(timing);
  ASSERT_TRUE(spread);
  EXPECT_NEAR(std::sqrt(spread->relative_variance), 0.0599849, 1e-6);
  EXPECT_EQ(spread->degrees_of_freedom, 2);
  timing.starts = {6};
  EXPECT_FALSE(spread_between_starts(timing));
  timing.starts.clear();
  EXPECT_FALSE(spread_between_starts(timing));
}

TEST(SpreadWithinStarts, does_not_hold_the_differences_between_the_starts) {
  const Timing apart = with_starts({10, 13, 16}, 200);
  const auto within = spread_within_starts(apart);
  const auto between = spread_between_starts(apart);
  ASSERT_TRUE(within && between);
  EXPECT_LT(within->relative_variance, between->relative_variance / 1000);
  EXPECT_EQ(spread_of_mean(apart)->relative_variance, between->relative_variance);
  EXPECT_EQ(spread_of_mean(apart)->degrees_of_freedom, 2);
}

TEST(SpreadOfMean, is_the_noise_within_starts_where_the_starts_agree) {
  const Timing equal = with_starts({10, 10, 10}, 200);
  EXPECT_EQ(spread_of_mean(equal)->relative_variance,
            spread_within_starts(equal)->relative_variance);
  EXPECT_GT(spread_of_mean(equal)->degrees_of_freedom, 5);
}

TEST(LatencyRatio, is_less_sure_of_two_runs_whose_starts_differ) {
  const auto width = [](const Timing& before, const Timing& after) {
    const auto interval = *latency_ratio(before, after)->interval;
    return interval.high - interval.low;
  };
  Timing before = with_starts({10, 10.5, 11}, 200);
  Timing after = with_starts({10.2, 10.4, 10.9}, 200);
  const double with = width(before, after);
  EXPECT_GT(with, 0.1);
  // As one start: the batches of three levels, but 24 of them.
  before.starts.clear();
  after.starts.clear();
  EXPECT_LT(width(before, after), with / 2);
}

TEST(LatencyRatio, has_an_interval_that_holds_the_true_ratio_when_starts_differ) {
  std::mt19937 generator(5);
  std::normal_distribution<double> noise(0, 1);
  const auto draw = [&](double scale) {
    std::vector<double> latencies;
    for (int start = 0; start < 3; ++start) {
      const double level = scale * (1 + 0.03 * noise(generator));
      for (int i = 0; i < 100; ++i) latencies.push_back(level * (1 + 0.05 * noise(generator)));
    }
    Timing timing = timing_of(latencies);
    timing.starts = {100, 100, 100};
    return timing;
  };
  int held = 0;
  constexpr int kRounds = 1000;
  for (int i = 0; i < kRounds; ++i) {
    const Timing before = draw(10);
    const auto interval = *latency_ratio(before, draw(12))->interval;
    held += interval.low <= 1.2 && 1.2 <= interval.high ? 1 : 0;
  }
  EXPECT_GT(static_cast<double>(held) / kRounds, 0.93);
}

TEST(LatencyRatio, takes_starts_that_do_not_add_up_for_one_start) {
  Timing timing = with_starts({10, 13}, 100);
  timing.starts = {100, 101};
  EXPECT_FALSE(spread_between_starts(timing));
  EXPECT_TRUE(latency_ratio(timing, timing)->interval);
}

// By scipy.stats.t.ppf(0.975, n).
TEST(Student, is_that_of_the_tables) {
  EXPECT_NEAR(student_975(1), 12.7062047, 1e-4);
  EXPECT_NEAR(student_975(1.5), 6.01666310, 1e-4);
  EXPECT_NEAR(student_975(2), 4.30265273, 1e-5);
  EXPECT_NEAR(student_975(3), 3.18244631, 1e-5);
  EXPECT_NEAR(student_975(10), 2.22813885, 2e-5);
  EXPECT_NEAR(student_975(9.999), student_975(10), 1e-4);
  EXPECT_NEAR(student_975(1e9), 1.95996399, 1e-6);
}

}  // namespace
}  // namespace quantbench::measure
