#include "quantbench/execute/plan_progress.h"

#include <gtest/gtest.h>

#include "quantbench/stages/registry.h"

namespace quantbench::execute {
namespace {

class ProgressTest : public testing::Test {
 protected:
  ProgressTest() {
    for (const auto& [kind, seconds] : std::vector<std::pair<std::string, double>>{
             {"export", 1}, {"evaluate", 10}, {"evaluate", 10}, {"time", 20}}) {
      plan::PlannedStage planned;
      planned.stage = &stages::stages().get(kind);
      planned.expected_seconds = seconds;
      plan_.push_back(planned);
    }
  }

  PlanProgress make(std::optional<double> typical = std::nullopt) {
    return {plan_, [typical](const std::string&) { return typical; }, [this] { return now_; }};
  }

  std::vector<plan::PlannedStage> plan_;
  double now_ = 100;
};

TEST_F(ProgressTest, starts_from_the_plans_guesses) {
  PlanProgress progress = make();
  EXPECT_EQ(progress.share(), 0);
  EXPECT_EQ(progress.seconds_left(), 41);
}

TEST_F(ProgressTest, trusts_earlier_runs_except_for_timings_which_last_as_long_as_the_spec_says) {
  EXPECT_EQ(make(4.0).seconds_left(), 3 * 4 + 20);
}

TEST_F(ProgressTest, corrects_what_is_to_come_by_what_was_seen) {
  PlanProgress progress = make();
  progress.start(0);
  now_ += 1;
  progress.finish(0);
  progress.start(1);
  now_ += 30;  // three times the guess
  progress.finish(1);
  EXPECT_DOUBLE_EQ(progress.seconds_left(), 30 + 20);
  EXPECT_DOUBLE_EQ(progress.share(), 31.0 / 81.0);
}

TEST_F(ProgressTest, judges_a_running_stage_by_its_own_share) {
  PlanProgress progress = make();
  progress.skip(0);
  progress.start(1);
  now_ += 4;
  EXPECT_DOUBLE_EQ(progress.seconds_left(), 6 + 10 + 20) << "no share told yet: the guess";
  progress.advance(1, 0.5);
  EXPECT_DOUBLE_EQ(progress.seconds_left(), 4 + 10 + 20);
}

TEST_F(ProgressTest, knows_several_stages_that_run_at_a_time) {
  PlanProgress progress = make();
  progress.skip(0);
  progress.start(1);
  progress.start(2);
  now_ += 4;
  progress.advance(1, 0.5);
  progress.advance(2, 0.25);
  EXPECT_DOUBLE_EQ(progress.seconds_left(), 4 + 12 + 20);
  progress.finish(1);
  EXPECT_DOUBLE_EQ(progress.seconds_left(), 12 + 20);
}

TEST_F(ProgressTest, never_goes_backwards_and_ends_at_one) {
  PlanProgress progress = make();
  progress.skip(0);
  progress.start(1);
  now_ += 9;
  progress.advance(1, 0.9);
  const double before = progress.share();
  progress.advance(1, 0.91);
  now_ += 100;  // the rest took far longer than it seemed
  EXPECT_GE(progress.share(), before);
  progress.finish(1);
  progress.skip(2);
  EXPECT_LT(progress.share(), 1);
  progress.skip(3);
  EXPECT_EQ(progress.share(), 1);
  EXPECT_EQ(progress.seconds_left(), 0);
}

}  // namespace
}  // namespace quantbench::execute
