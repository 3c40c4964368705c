#include "quantbench/measure/timing.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "quantbench/base/error.h"
#include "quantbench/measure/summarize.h"

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

// By numpy: a = numpy.array([4, 1, 10, 2, 3], float); a.std(), numpy.quantile(a, ...)
TEST(Summarize, gives_the_figures_of_numpy) {
  const Timing timing = summarize({4, 1, 10, 2, 3}, 0.3);
  EXPECT_EQ(timing.nb_forwards, 5);
  EXPECT_EQ(timing.throughput, 16.67);
  EXPECT_EQ(timing.latency_mean, 4);
  EXPECT_DOUBLE_EQ(timing.latency_std, 3.1622776601683795);
  EXPECT_EQ(timing.latency_50, 3);
  EXPECT_DOUBLE_EQ(timing.latency_90, 7.6);
  EXPECT_DOUBLE_EQ(timing.latency_95, 8.8);
  EXPECT_DOUBLE_EQ(timing.latency_99, 9.76);
  EXPECT_DOUBLE_EQ(timing.latency_999, 9.976);
  EXPECT_THAT(timing.latencies, testing::ElementsAre(4, 1, 10, 2, 3)) << "in the order measured";
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

TEST(Timing, writes_starts_speedup_and_verdict_only_where_there_are_any) {
  Timing timing = summarize({1, 2, 3, 4, 5}, 1);
  timing.batch_size = timing.input_length = 1;
  for (const char* key : {"starts", "speedup", "verdict"})
    EXPECT_FALSE(timing.to_json().contains(key)) << key;
  timing.starts = {5};
  EXPECT_FALSE(timing.to_json().contains("starts"));

  timing.starts = {2, 3};
  timing.speedup = PairedRatio{
      .value = 2, .low = 1.5, .high = 2.5, .original_mean = 7, .rounds = 9, .starts = 2};
  timing.verdict = {Trust::kWithCare, {"other programs used 0.3 of 2 processors"}};
  const Json json = timing.to_json();
  EXPECT_EQ(json["verdict"]["trust"], "with care");
  const Timing read = Timing::from_json(parse_json(json.dump(), "test"));
  EXPECT_EQ(read.to_json(), json);
  EXPECT_EQ(read.starts, timing.starts);
  ASSERT_TRUE(read.speedup);
  EXPECT_EQ(read.speedup->high, 2.5);
  EXPECT_EQ(read.verdict.trust, Trust::kWithCare);
}

TEST(Timing, reads_a_speedup_without_an_interval) {
  Timing timing = summarize({1}, 1);
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  timing.speedup = PairedRatio{.value = 2, .low = unknown, .high = unknown};
  const Timing read = Timing::from_json(parse_json(timing.to_json().dump(), "test"));
  ASSERT_TRUE(read.speedup);
  EXPECT_TRUE(std::isnan(read.speedup->low) && std::isnan(read.speedup->high));
}

TEST(Timing, refuses_starts_speedups_and_verdicts_that_make_no_sense) {
  Timing timing = summarize({1, 2, 3, 4, 5}, 1);
  timing.starts = {2, 3};
  timing.speedup = PairedRatio{
      .value = 2, .low = 1.5, .high = 2.5, .original_mean = 7, .rounds = 9, .starts = 2};
  timing.verdict = {Trust::kNot, {}};
  const Json good = timing.to_json();
  EXPECT_NO_THROW(Timing::from_json(good));
  const auto refuses = [&](const char* pointer, Json value) {
    Json broken = good;
    broken[Json::json_pointer(pointer)] = std::move(value);
    EXPECT_THROW(Timing::from_json(broken), Error) << pointer << " " << broken.dump();
  };
  refuses("/starts", 2);
  refuses("/starts", {2, 2});
  refuses("/starts", {2, "3"});
  refuses("/starts", {-1, 6});
  refuses("/starts", {9223372036854775807, 9223372036854775807});
  refuses("/speedup", 2.0);
  refuses("/speedup/value", 0);
  refuses("/speedup/value", nullptr);
  refuses("/speedup/low", 2.1);
  refuses("/speedup/high", 1.9);
  refuses("/speedup/rounds", -1);
  refuses("/speedup/starts", 1e300);
  refuses("/verdict", "trusted");
  refuses("/verdict/trust", "fine");
  refuses("/verdict/reasons", "load");
  refuses("/verdict/reasons", {1});
}

}  // namespace
}  // namespace quantbench::measure
