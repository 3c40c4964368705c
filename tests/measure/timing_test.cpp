#include "quantbench/measure/timing.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "quantbench/base/error.h"
#include "quantbench/measure/statistics.h"

namespace quantbench::measure {
namespace {

using std::chrono::milliseconds;

TEST(TimeForwards, warms_up_then_runs_until_the_summed_latency_reaches_the_duration) {
  int calls = 0;
  const Timing timing = time_forwards(
      [&] {
        ++calls;
        std::this_thread::sleep_for(milliseconds(5));
      },
      {0.1, 3});
  EXPECT_EQ(timing.nb_forwards, calls - 3);
  EXPECT_EQ(timing.latencies.size(), static_cast<std::size_t>(timing.nb_forwards));
  double sum = 0;
  for (const double latency : timing.latencies) {
    EXPECT_GE(latency, 5.0);
    sum += latency;
  }
  EXPECT_GE(sum, 100.0);
  EXPECT_LT(sum - timing.latencies.back(), 100.0) << "one forward more than the duration needs";
  EXPECT_GE(timing.nb_forwards, 1);
  EXPECT_LE(timing.nb_forwards, 20);
}

TEST(TimeForwards, summarizes_what_it_measured) {
  const Timing timing =
      time_forwards([] { std::this_thread::sleep_for(milliseconds(1)); }, {0.05, 0});
  EXPECT_EQ(timing.throughput, python_round(static_cast<double>(timing.nb_forwards) / 0.05, 2));
  EXPECT_EQ(timing.latency_mean, mean(timing.latencies));
  EXPECT_EQ(timing.latency_std, standard_deviation(timing.latencies));
  EXPECT_EQ(timing.latency_50, linear_quantile(timing.latencies, 0.5));
  EXPECT_EQ(timing.latency_90, linear_quantile(timing.latencies, 0.9));
  EXPECT_EQ(timing.latency_95, linear_quantile(timing.latencies, 0.95));
  EXPECT_EQ(timing.latency_99, linear_quantile(timing.latencies, 0.99));
  EXPECT_EQ(timing.latency_999, linear_quantile(timing.latencies, 0.999));
}

TEST(TimeForwards, runs_once_when_one_forward_is_longer_than_the_duration) {
  const Timing timing =
      time_forwards([] { std::this_thread::sleep_for(milliseconds(20)); }, {0.001, 0});
  EXPECT_EQ(timing.nb_forwards, 1);
  EXPECT_EQ(timing.latency_std, 0);
  EXPECT_EQ(timing.latency_50, timing.latency_999);
}

TEST(TimeForwards, tells_how_far_it_is) {
  std::vector<double> shares;
  time_forwards([] { std::this_thread::sleep_for(milliseconds(1)); }, {0.7, 0},
                [&](double share) { shares.push_back(share); });
  ASSERT_GE(shares.size(), 2U);
  EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
  EXPECT_GT(shares.front(), 0);
  EXPECT_LE(shares.back(), 1);
}

TEST(TimeForwards, refuses_a_duration_that_never_ends_or_never_starts) {
  const auto nothing = [] {};
  EXPECT_THROW(time_forwards(nothing, {0, 0}), Error);
  EXPECT_THROW(time_forwards(nothing, {-1, 0}), Error);
  EXPECT_THROW(time_forwards(nothing, {std::numeric_limits<double>::infinity(), 0}), Error);
  EXPECT_THROW(time_forwards(nothing, {1, -1}), Error);
}

TEST(Timing, survives_a_round_trip_through_json) {
  Timing timing;
  timing.batch_size = 4;
  timing.input_length = 128;
  timing.nb_forwards = 3;
  timing.throughput = 5.01;
  timing.latency_mean = 1.25;
  timing.latency_999 = 9.875;
  timing.latencies = {1.0, 2.5, 0.1};
  const Timing read = Timing::from_json(parse_json(timing.to_json().dump(), "test"));
  EXPECT_EQ(read.to_json(), timing.to_json());
  Json broken = timing.to_json();
  broken.erase("latency_95");
  EXPECT_THROW(Timing::from_json(broken), Error);
  broken = timing.to_json();
  broken["latencies"] = {1.0, "fast"};
  EXPECT_THROW(Timing::from_json(broken), Error);
}

}  // namespace
}  // namespace quantbench::measure
