#include "quantbench/execute/executor.h"

#include <gmock/gmock.h>

#include <atomic>
#include <limits>

#include "execute/test_stages.h"
#include "quantbench/base/file.h"
#include "quantbench/store/database.h"

namespace quantbench::execute {
namespace {

using test::Meet;
using testing::Field;
using testing::HasSubstr;

/// Stages that wait for one another, or must not meet.
class ExecutorTest : public testing::Test {
 protected:
  ExecutorTest() {
    std::filesystem::create_directories(directory_.path() / "meeting");
    options_.store = directory_.path() / "results.sqlite";
    options_.cache = directory_.path() / "cache";
  }

  /// A stage that waits for `params.others` others.
  void add(Meet::Params params, std::vector<std::size_t> needs = {}) {
    plan::PlannedStage& planned = plan_.emplace_back();
    planned.stage = &stages::stages().get(std::string(Meet::kDeclaration.name));
    planned.params = record_to_json(params);
    planned.places = record_to_json(Meet::Places{directory_.path() / "meeting"});
    planned.needs = std::move(needs);
    planned.subject = std::to_string(params.number);
  }

  std::vector<StageOutcome> run(std::size_t at_a_time, std::int64_t largest = 1) {
    store::Database database(options_.store);
    store::DatabaseResults results(database);
    Executor executor(plan_, machine_, options_, results);
    executor.run_at_a_time(at_a_time, largest);
    std::vector<StageOutcome> outcomes = executor.run();
    largest_ = executor.largest();
    return outcomes;
  }

  static std::size_t met(const StageOutcome& outcome) {
    EXPECT_TRUE(outcome.ok) << outcome.message;
    return outcome.ok ? result_of<Meet>(outcome).met : 0;
  }

  TemporaryDirectory directory_;
  Options options_;
  Json machine_ = Json::object();
  std::vector<plan::PlannedStage> plan_;
  std::int64_t largest_ = 0;
};

TEST_F(ExecutorTest, runs_stages_at_a_time_that_need_nothing_of_each_other) {
  for (std::size_t i = 0; i < 3; ++i) add({.number = i, .others = 2});
  for (const StageOutcome& outcome : run(3)) EXPECT_EQ(met(outcome), 3U);
}

TEST_F(ExecutorTest, runs_no_more_at_a_time_than_it_is_told) {
  for (std::size_t i = 0; i < 5; ++i) add({.number = i});
  for (const StageOutcome& outcome : run(2)) EXPECT_LE(met(outcome), 2U);
}

TEST_F(ExecutorTest, runs_a_stage_after_those_that_it_needs) {
  add({.number = 0});
  add({.number = 1}, {0});
  add({.number = 2}, {1});
  for (const StageOutcome& outcome : run(3)) EXPECT_EQ(met(outcome), 1U);
}

TEST_F(ExecutorTest, runs_stages_of_one_key_once) {
  add({.number = 7});
  add({.number = 7});
  options_.on_event = [&, started = 0](const Event& event) mutable {
    if (event.kind == Event::Kind::kStageStarted) {
      EXPECT_EQ(++started, 1);
    }
  };
  for (const StageOutcome& outcome : run(2)) EXPECT_EQ(met(outcome), 1U);
}

TEST_F(ExecutorTest, runs_one_stage_alone_until_it_knows_what_one_takes) {
  add({.number = 0});
  add({.number = 1, .others = 1});
  add({.number = 2, .others = 1});
  const auto outcomes = run(3, 0);
  EXPECT_EQ(met(outcomes[0]), 1U);
  EXPECT_EQ(met(outcomes[1]), 2U);
  EXPECT_GT(largest_, 1 << 20);
}

TEST_F(ExecutorTest, runs_one_at_a_time_where_the_memory_holds_no_more) {
  for (std::size_t i = 0; i < 3; ++i) add({.number = i});
  const auto much = std::numeric_limits<std::int64_t>::max() / 4;
  for (const StageOutcome& outcome : run(3, much)) EXPECT_EQ(met(outcome), 1U);
}

TEST_F(ExecutorTest, goes_on_beside_a_stage_that_fails) {
  add({.number = 0, .others = 1, .fails = true});
  add({.number = 1, .others = 1});
  add({.number = 2}, {0});
  const auto outcomes = run(2);
  EXPECT_THAT(outcomes[0], Field(&StageOutcome::message, HasSubstr("met the others and failed")));
  EXPECT_EQ(met(outcomes[1]), 2U);
  EXPECT_EQ(outcomes[2].message, outcomes[0].message);
}

TEST_F(ExecutorTest, ends_all_that_runs_when_it_is_cancelled) {
  for (std::size_t i = 0; i < 4; ++i) add({.number = i, .others = 9});
  std::atomic<bool> cancel{false};
  std::atomic<int> started{0};
  options_.cancel = &cancel;
  options_.on_event = [&](const Event& event) {
    if (event.kind == Event::Kind::kStageStarted && ++started == 2) cancel = true;
  };
  EXPECT_THROW(run(2), Cancelled);
  EXPECT_EQ(started, 2);
}

}  // namespace
}  // namespace quantbench::execute
