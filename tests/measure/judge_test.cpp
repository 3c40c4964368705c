#include "quantbench/measure/judge.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "quantbench/base/file.h"

namespace quantbench::measure {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Starts steady_turns() {
  std::mt19937 random(1);
  std::normal_distribution<double> noise(2, 0.02);
  Starts starts(2);
  for (auto& start : starts) {
    for (int turn = 0; turn < 20; ++turn) {
      Turn one;
      for (int i = 0; i < 20; ++i) one.latencies.push_back(noise(random));
      start.push_back(one);
    }
  }
  return starts;
}

TEST(Judge, trusts_a_quiet_measurement) {
  const Starts turns = steady_turns();
  const Verdict verdict = judge({.machine = {.other_load = 0.02, .stolen = 0.0}, .turns = &turns});
  EXPECT_EQ(verdict.trust, Trust::kTrusted);
  EXPECT_THAT(verdict.reasons, IsEmpty());
}

TEST(Judge, names_what_disturbed_it) {
  const Starts turns = steady_turns();
  const Verdict loaded = judge({.machine = {.other_load = 0.37}, .turns = &turns});
  EXPECT_EQ(loaded.trust, Trust::kWithCare);
  EXPECT_THAT(loaded.reasons, ElementsAre(HasSubstr("other programs took a tenth or more")));
  EXPECT_THAT(judge({.machine = {.other_load = 0.6}, .turns = &turns}).reasons,
              ElementsAre(HasSubstr("other programs took half or more")));
  const Verdict throttled = judge({.machine = {.throttled_periods = 0.2}, .turns = &turns});
  EXPECT_EQ(throttled.trust, Trust::kNot);
  EXPECT_THAT(throttled.reasons, ElementsAre(HasSubstr("quota")));
  EXPECT_THAT(judge({.machine = {.stolen = 0.05}}).reasons, ElementsAre(HasSubstr("hypervisor")));
  EXPECT_THAT(judge({.machine = {.slowest_frequency = 0.6}}).reasons,
              ElementsAre(HasSubstr("frequency")));
  EXPECT_THAT(judge({.machine = {.heat = 2}}).reasons, ElementsAre(HasSubstr("heat")));
  EXPECT_THAT(judge({.steady = false}).reasons, ElementsAre(HasSubstr("warmup_runs")));
}

TEST(Judge, does_not_trust_a_wide_interval) {
  const LogRatios ratios = {std::vector<double>(30, 0.1)};
  const auto judged = [&](double half) {
    return judge(
        {.speedup = PairedEstimate{.log_value = 0.1, .half = half, .rounds = 30, .starts = 1},
         .ratios = &ratios});
  };
  EXPECT_EQ(judged(0.01).trust, Trust::kTrusted);
  EXPECT_EQ(judged(0.05).trust, Trust::kWithCare);
  EXPECT_EQ(judged(0.2).trust, Trust::kNot);
}

TEST(Judge, sees_that_one_model_is_slow_at_times) {
  LogRatios ratios(1);
  for (int round = 0; round < 80; ++round) ratios[0].push_back(round % 8 == 0 ? -0.3 : 0.1);
  const auto judged = [&] {
    return judge({.speedup = PairedEstimate{.log_value = 0.1, .half = 0.01}, .ratios = &ratios});
  };
  EXPECT_THAT(judged().reasons, ElementsAre(HasSubstr("slow at times")));
  for (double& ratio : ratios[0]) ratio = std::max(ratio, 0.0);  // less than 3 % of the mean
  EXPECT_EQ(judged().trust, Trust::kTrusted);
}

TEST(Judge, sees_drift_outliers_and_two_levels) {
  LogRatios ratios(1);
  for (int round = 0; round < 60; ++round) ratios[0].push_back(round < 30 ? 0.1 : 0.2);
  EXPECT_THAT(judge({.speedup = PairedEstimate{.log_value = 0.15, .half = 0.01}, .ratios = &ratios})
                  .reasons,
              ElementsAre(HasSubstr("drifted")));
  Starts turns = steady_turns();
  for (auto& turn : turns[0]) turn.latencies[3] = 30;
  EXPECT_THAT(judge({.turns = &turns}).reasons, ::testing::Contains(HasSubstr("three times")));
  turns = steady_turns();
  for (std::size_t i = 0; i < turns[0].size(); i += 2) {
    for (auto& start : turns) {
      for (double& latency : start[i].latencies) latency *= 1.4;
    }
  }
  EXPECT_THAT(judge({.turns = &turns}).reasons, ElementsAre(HasSubstr("two levels")));
  for (auto& turn : turns[1]) turn.preemptions = 40;
  EXPECT_THAT(judge({.turns = &turns}).reasons,
              ::testing::Contains(HasSubstr("took the processor")));
}

TEST(MachineWatch, reads_what_the_kernel_counts) {
  const TemporaryDirectory directory;
  const auto root = directory.path();
  const auto cpu = root / "sys/devices/system/cpu/cpu0";
  write_text(root / "sys/devices/system/cpu/online", "0\n");
  write_text(cpu / "cpufreq/scaling_cur_freq", "3000000\n");
  write_text(cpu / "thermal_throttle/core_throttle_count", "4\n");
  write_text(root / "proc/stat", "cpu  1000 0 0 5000 0 0 0 100\n");
  MachineWatch watch(root);
  watch.look_at_frequencies();
  write_text(cpu / "cpufreq/scaling_cur_freq", "1500000\n");
  watch.look_at_frequencies();
  write_text(cpu / "thermal_throttle/core_throttle_count", "6\n");
  // 1000 ticks went by: 600 busy, 100 of them stolen.
  write_text(root / "proc/stat", "cpu  1500 0 0 5400 0 0 0 200\n");
  const MachineEvents events = watch.events(0);
  EXPECT_DOUBLE_EQ(events.other_load.value(), 0.6);
  EXPECT_DOUBLE_EQ(events.stolen.value(), 0.1);
  EXPECT_EQ(events.heat.value(), 2);
  EXPECT_DOUBLE_EQ(events.slowest_frequency.value(), 0.5);
  EXPECT_FALSE(events.throttled_periods);
}

}  // namespace
}  // namespace quantbench::measure
