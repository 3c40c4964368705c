#include "quantbench/measure/turn.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace quantbench::measure {
namespace {

TEST(ChangePoint, is_where_the_level_changes) {
  std::mt19937 generator(3);
  std::normal_distribution<double> noise(0, 0.1);
  std::vector<double> values;
  for (int i = 0; i < 40; ++i) values.push_back((i < 12 ? 3 : 2) + noise(generator));
  const ChangePoint change = change_point(values);
  EXPECT_NEAR(static_cast<double>(change.index), 12, 1);
  EXPECT_LT(change.probability, 0.001);
}

TEST(ChangePoint, is_seldom_found_in_noise) {
  std::mt19937 generator(5);
  std::lognormal_distribution<double> noise(0, 0.3);
  int found = 0;
  for (int i = 0; i < 1000; ++i) {
    std::vector<double> values(30);
    for (double& value : values) value = noise(generator);
    found += change_point(values).probability < 0.05 ? 1 : 0;
  }
  EXPECT_LT(found, 60);
}

TEST(ChangePoint, of_equal_values_is_none) {
  EXPECT_EQ(change_point(std::vector<double>(20, 1.5)).probability, 1);
  EXPECT_EQ(change_point({1, 2}).probability, 1);
}

TEST(WarmUp, runs_at_least_as_often_as_it_is_told) {
  int forwards = 0;
  const WarmUp made = warm_up([&] { ++forwards; }, 25, std::chrono::duration<double>(0));
  EXPECT_EQ(forwards, 25);
  EXPECT_EQ(made.forwards, 25);
}

TEST(Turn, has_the_fewest_forwards_and_does_not_time_the_first) {
  int forwards = 0;
  EnergyMeter energy(testing::TempDir());  // a machine without counters
  const Turn turn =
      take_turn([&] { ++forwards; }, {.seconds = 0, .fewest = 3, .discarded_seconds = 0}, energy);
  EXPECT_EQ(turn.latencies.size(), 3U);
  EXPECT_EQ(forwards, 4);
  EXPECT_GE(turn.processor_total, turn.processor_seconds);
  EXPECT_EQ(turn.joules, std::nullopt);
}

TEST(Turn, takes_the_energy_of_its_timed_forwards_alone) {
  const TemporaryDirectory root;
  const auto zone = root.path() / "sys/class/powercap/intel-rapl:0";
  write_text(zone / "name", "package-0\n");
  write_text(zone / "max_energy_range_uj", "262143328850\n");
  int microjoules = 1000;
  const auto use = [&] {
    microjoules += 2'000'000;
    write_text(zone / "energy_uj", std::to_string(microjoules) + "\n");
  };
  write_text(zone / "energy_uj", "1000\n");
  EnergyMeter energy(root.path());
  const TurnLength length = {.seconds = 0, .fewest = 3, .discarded_seconds = 0};
  EXPECT_EQ(take_turn(use, length, energy).joules, 6);
  use();  // between two turns
  EXPECT_EQ(take_turn(use, length, energy).joules, 6);
}

}  // namespace
}  // namespace quantbench::measure
