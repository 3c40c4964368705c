#include "quantbench/execute/time_group.h"

#include <gmock/gmock.h>

#include <cmath>
#include <thread>

#include "execute/timed_stages.h"
#include "quantbench/base/file.h"

namespace quantbench::execute {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using OutcomeKind = WorkerOutcome::Kind;
using stages::Time;
using test::FakeTime;

const std::filesystem::path kThisProgram = std::filesystem::read_symlink("/proc/self/exe");

TimedModel model(FakeTime::Params params, std::optional<std::size_t> original = std::nullopt,
                 const std::filesystem::path& directory = {}) {
  Job job;
  job.stage = FakeTime::kDeclaration.name;
  job.takes_turns = true;
  job.work.params = record_to_json(std::move(params));
  job.work.places = record_to_json(FakeTime::Places{directory});
  return {std::move(job), original};
}

TimeGroupOptions options() {
  TimeGroupOptions out;
  out.duration_s = 3;
  out.warmup_runs = 1;
  out.starts = 3;
  out.seed = 5;
  out.available_memory = [] { return std::nullopt; };
  return out;
}

Time::Result result_of(const WorkerOutcome& outcome) {
  EXPECT_EQ(outcome.kind, OutcomeKind::kDone) << (outcome.error ? outcome.error->what() : "");
  return record_from_json<Time::Result>(outcome.answer.result, "time");
}

TEST(TimeTogether, gives_each_row_its_speedup_over_its_original) {
  const auto outcomes = time_together(
      kThisProgram, {model({.latency = 8}), model({.latency = 4}, 0), model({.latency = 10}, 0)},
      options(), {});
  ASSERT_THAT(outcomes, SizeIs(3));
  const auto original = result_of(outcomes[0]).timing;
  EXPECT_FALSE(original.speedup);
  EXPECT_NEAR(original.latency_mean, 8, 0.2);
  const auto faster = result_of(outcomes[1]).timing;
  EXPECT_NEAR(faster.speedup.value().value, 2, 0.02);
  EXPECT_LT(faster.speedup->low, faster.speedup->high);
  EXPECT_NEAR(faster.speedup->original_mean, 8, 0.2);
  EXPECT_EQ(faster.speedup->starts, 3);
  EXPECT_THAT(faster.starts, SizeIs(3));
  EXPECT_EQ(faster.speedup->rounds, static_cast<std::int64_t>(faster.turns.size()));
  EXPECT_NEAR(result_of(outcomes[2]).timing.speedup.value().value, 0.8, 0.01);
}

TEST(TimeTogether, compares_models_whose_forward_takes_longer_than_the_duration) {
  TimeGroupOptions moment = options();
  moment.duration_s = 0.25;
  moment.starts = 1;
  const auto outcomes = time_together(
      kThisProgram,
      {model({.latency = 800, .noise = 0.001}), model({.latency = 400, .noise = 0.001}, 0)}, moment,
      {});
  const auto row = result_of(outcomes[1]).timing;
  EXPECT_NEAR(row.speedup.value().value, 2, 0.02);
  EXPECT_THAT(row.turns, SizeIs(4));
  // The duration is over: the turns after the first have one forward each.
  EXPECT_LE(row.nb_forwards, 5);
}

TEST(TimeTogether, ends_early_when_the_intervals_are_narrow) {
  TimeGroupOptions wide = options();
  wide.duration_s = 300;  // of fake time
  wide.target = 0.2;
  const auto narrow = time_together(
      kThisProgram, {model({.latency = 8, .noise = 0.02}), model({.latency = 4, .noise = 0.02}, 0)},
      wide, {});
  EXPECT_LE(result_of(narrow[1]).timing.speedup->rounds, 60);
}

TEST(TimeTogether, ends_early_when_only_more_starts_would_narrow_the_intervals) {
  TimeGroupOptions endless = options();
  endless.duration_s = 300;  // of fake time
  endless.target = 0.02;
  const auto outcomes = time_together(
      kThisProgram, {model({.latency = 8}), model({.latency = 4, .noise_of_starts = 1}, 0)},
      endless, {});
  const auto speedup = result_of(outcomes[1]).timing.speedup.value();
  EXPECT_GT(speedup.high / speedup.low, 1.02);
  EXPECT_LE(speedup.rounds, 200);
}

TEST(TimeTogether, goes_on_without_a_model_that_crashes) {
  const auto outcomes =
      time_together(kThisProgram,
                    {model({.latency = 8}), model({.latency = 4, .crashes_at_turn = 3}, 0),
                     model({.latency = 2}, 0), model({.latency = 2, .fails = true}, 0)},
                    options(), {});
  EXPECT_EQ(outcomes[1].kind, OutcomeKind::kCrashed);
  EXPECT_THAT(outcomes[1].error->what(), HasSubstr("killed by signal 9"));
  EXPECT_NEAR(result_of(outcomes[2]).timing.speedup.value().value, 4, 0.05);
  EXPECT_EQ(outcomes[3].kind, OutcomeKind::kError);
  EXPECT_THAT(outcomes[3].error->what(), HasSubstr("does not load"));
}

TEST(TimeTogether, times_rows_whose_original_crashed_without_a_speedup) {
  const auto outcomes = time_together(
      kThisProgram, {model({.latency = 8, .crashes_at_turn = 2}), model({.latency = 4}, 0)},
      options(), {});
  EXPECT_EQ(outcomes[0].kind, OutcomeKind::kCrashed);
  const auto row = result_of(outcomes[1]).timing;
  EXPECT_FALSE(row.speedup);
  EXPECT_NEAR(row.latency_mean, 4, 0.1);
}

TEST(TimeTogether, stops_every_process_whose_turn_it_is_not) {
  const TemporaryDirectory directory;
  const auto outcomes = time_together(
      kThisProgram,
      {model({.latency = 8}, {}, directory.path()), model({.latency = 4}, 0, directory.path()),
       model({.latency = 2}, 0, directory.path())},
      options(), {});
  for (const WorkerOutcome& outcome : outcomes) {
    EXPECT_EQ(outcome.kind, OutcomeKind::kDone) << (outcome.error ? outcome.error->what() : "");
  }
}

TEST(TimeTogether, keeps_threads_on_free_cores_and_itself_off_them) {
  const std::vector<int> all = measure::allowed_processors();
  if (all.size() < 2) GTEST_SKIP() << "needs two processors";
  TimeGroupOptions pinned = options();
  pinned.free_cores = [&] { return std::vector<int>{all.back(), all.front()}; };
  std::vector<TimedModel> models = {model({.latency = 8}), model({.latency = 4}, 0)};
  for (TimedModel& one : models) one.threads = 1;
  const auto processors = [](const WorkerOutcome& outcome) {
    return result_of(outcome).timing.process.value().processors;
  };
  const auto free = time_together(kThisProgram, models, pinned, {});
  EXPECT_TRUE(processors(free[1]).empty()) << "not asked for";

  pinned.affinity = true;
  const auto kept = time_together(kThisProgram, models, pinned, {});
  EXPECT_EQ(processors(kept[1]), std::vector<int>{all.back()});
  EXPECT_EQ(result_of(kept[1]).remark,
            FakeTime::processors() + "then " + std::to_string(all.back()) + " ");
  EXPECT_EQ(measure::allowed_processors(), all) << "afterwards as before";

  // One that chooses by itself may run anywhere.
  models[1].threads.reset();
  const auto mixed = time_together(kThisProgram, models, pinned, {});
  EXPECT_TRUE(processors(mixed[1]).empty());
  EXPECT_EQ(result_of(mixed[1]).remark, result_of(free[1]).remark);

  // No core would be left for this process.
  for (TimedModel& one : models) one.threads = 2;
  EXPECT_TRUE(processors(time_together(kThisProgram, models, pinned, {})[1]).empty());
}

TEST(TimeTogether, makes_several_groups_of_what_does_not_fit_into_memory) {
  TimeGroupOptions little = options();
  std::uint64_t left = 1100;
  little.available_memory = [&] {
    left -= left >= 100 ? 100 : 0;
    return std::optional(left);
  };
  std::vector<TimedModel> models = {model({.latency = 8})};
  for (int i = 0; i < 5; ++i) models.push_back(model({.latency = 4}, 0));
  const auto outcomes = time_together(kThisProgram, models, little, {});
  ASSERT_THAT(outcomes, SizeIs(6));
  for (std::size_t i = 1; i < outcomes.size(); ++i) {
    EXPECT_NEAR(result_of(outcomes[i]).timing.speedup.value().value, 2, 0.02) << i;
  }
}

TEST(TimeTogether, ends_when_it_is_cancelled) {
  std::atomic<bool> cancel = false;
  WorkerListener listener;
  listener.cancel = &cancel;
  listener.progress = [&](double share) {
    EXPECT_GE(share, 0);
    EXPECT_LE(share, 1);
    cancel = true;
  };
  for (const WorkerOutcome& outcome : time_together(
           kThisProgram, {model({.latency = 8}), model({.latency = 4}, 0)}, options(), listener)) {
    EXPECT_EQ(outcome.kind, OutcomeKind::kCancelled);
  }
}

}  // namespace
}  // namespace quantbench::execute
