#include "quantbench/backend/shard.h"

#include <gmock/gmock.h>

#include "backend/tiny_run.h"
#include "quantbench/backend/run_directory.h"
#include "quantbench/backend/run_shard.h"
#include "quantbench/base/version.h"
#include "quantbench/measure/machine.h"
#include "quantbench/store/stage_results.h"
#include "support/message_of.h"
#include "support/planned_grid.h"

namespace quantbench::backend {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct Planned : quantbench::test::PlannedGrid {
  using PlannedGrid::PlannedGrid;

  std::vector<Shard> shards(std::size_t max_jobs) const {
    return make_shards(spec, plan, max_jobs, {Json::object()});
  }
  std::size_t count(const std::vector<bool>& marked, const std::string& stage) const {
    std::size_t out = 0;
    for (std::size_t i = 0; i < marked.size(); ++i) {
      if (marked[i] && plan.stages[i].name() == stage) ++out;
    }
    return out;
  }
};

std::vector<std::string> names_of(const std::vector<Shard>& shards) {
  std::vector<std::string> out;
  for (const Shard& shard : shards) out.push_back(shard.name);
  return out;
}

TEST(Shards, are_models_then_evaluations_then_shapes) {
  const Planned grid({"streams=[1, 2]"});
  const std::vector<Shard> shards = grid.shards(3);
  EXPECT_THAT(names_of(shards), ElementsAre("models", "evaluate-1", "evaluate-2", "evaluate-3",
                                            "time-1x8", "time-2x8"));
  // Five distinct evaluations, dealt to three.
  EXPECT_THAT(shards[1].cells, SizeIs(2));
  EXPECT_THAT(shards[2].cells, SizeIs(2));
  EXPECT_THAT(shards[3].cells, SizeIs(1));
  EXPECT_THAT(shards[1].after, ElementsAre("models"));
  EXPECT_THAT(shards[4].after, ElementsAre("evaluate-1"));
  EXPECT_THAT(shards[5].after, ElementsAre("evaluate-2"));
  for (const Shard& shard : shards) EXPECT_EQ(shard.exclusive, !shard.shapes.empty());

  const std::vector<bool> timed = stages_of(shards[4], grid.spec, grid.plan);
  // Every row of the shape, and the models of them all: another CPU makes its own group.
  EXPECT_EQ(grid.count(timed, "time"), 5U);
  EXPECT_EQ(grid.count(timed, "time_streams"), 10U);
  EXPECT_EQ(grid.count(timed, "quantize"), 4U);
  EXPECT_EQ(grid.count(timed, "evaluate"), 0U);
}

TEST(Shards, have_every_stage_of_the_plan_and_each_measurement_once) {
  const Planned grid({"streams=[1, cores]"});
  for (const std::size_t max_jobs : {1U, 2U, 3U, 50U}) {
    SCOPED_TRACE(max_jobs);
    std::vector<int> times(grid.plan.stages.size(), 0);
    for (const Shard& shard : grid.shards(max_jobs)) {
      const std::vector<bool> marked = stages_of(shard, grid.spec, grid.plan);
      for (std::size_t i = 0; i < marked.size(); ++i) times[i] += marked[i] ? 1 : 0;
    }
    for (std::size_t i = 0; i < times.size(); ++i) {
      const auto& declaration = grid.plan.stages[i].declaration();
      EXPECT_GE(times[i], 1) << declaration.name;
      const bool measures = declaration.name == "evaluate" || declaration.takes_the_planned_time;
      if (measures) {
        EXPECT_EQ(times[i], 1) << declaration.name;
      }
    }
  }
}

TEST(Shards, at_the_same_time_are_not_more_than_asked_for) {
  const Planned grid({"input_lengths=[8, 16, 32]"});
  for (const std::size_t max_jobs : {2U, 3U, 4U}) {
    const std::vector<Shard> shards = grid.shards(max_jobs);
    // Each comes after one that no other comes after, but the first.
    std::map<std::string, std::size_t> followers;
    for (const Shard& shard : shards) {
      EXPECT_LE(shard.after.size(), 1U);
      for (const std::string& name : shard.after) ++followers[name];
    }
    EXPECT_LE(followers["models"], max_jobs);
    for (const auto& [name, count] : followers) {
      if (name != "models") {
        EXPECT_EQ(count, 1U) << name;
      }
    }
  }
}

TEST(Shards, do_a_shared_evaluation_once) {
  // Without quantization the rows of per_channel are one cell.
  const Planned grid({"operators_to_quantize=[Add]", "apply_quantization=[true, false]",
                      "per_channel=[false, true]"});
  std::size_t cells = 0;
  for (const Shard& shard : grid.shards(8)) cells += shard.cells.size();
  std::set<std::size_t> distinct;
  for (const auto& row : grid.plan.rows) distinct.insert(row.evaluate.value().index);
  EXPECT_EQ(cells, distinct.size());
}

TEST(Shards, of_a_search_are_one_for_each_kind_of_machine) {
  const std::vector<Shard> shards = search_shards({Json{{"kind", "a"}}, Json{{"kind", "b"}}});
  EXPECT_THAT(names_of(shards), ElementsAre("search", "search-v2"));
  for (const Shard& shard : shards) {
    EXPECT_TRUE(shard.searches && shard.exclusive);
    EXPECT_THAT(shard.after, IsEmpty());
  }
  EXPECT_EQ(shards[1].args, (Json{{"kind", "b"}}));
}

TEST(Shards, are_records_that_read_back) {
  for (const Shard& shard : Planned().shards(2)) {
    const Json json = record_to_json(shard);
    EXPECT_EQ(record_to_json(record_from_json<Shard>(json, "shard")), json);
  }
}

class ShardRun : public testing::Test {
 protected:
  ShardRun() : directory_(tiny_.directory.path() / "runs" / "abc") {
    spec_ = tiny_.spec();
    run_.run_id = "abc";
    run_.quantbench_version = version();
    run_.spec = spec_.resolved_yaml();
    run_.model = tiny_.checkpoint;
    run_.dataset = tiny_.data;
    run_.backend = "local";
    plan_ = execute::plan_rows(spec_, plan::inspect_inputs(spec_, false));
    run_.shards = make_shards(spec_, plan_, 2, {Json::object()});
  }
  ShardOptions options(const std::string& shard) const {
    ShardOptions out;
    out.file = directory_.shard_file(shard);
    return out;
  }
  std::vector<std::string> keys(const RunDirectory& of) const {
    return store::FileResults(of.results(), {}).keys();
  }

  test::TinyRun tiny_;
  spec::Spec spec_;
  execute::Plan plan_;
  RunDescription run_;
  RunDirectory directory_;
};

TEST_F(ShardRun, writes_results_and_last_its_end) {
  directory_.create(run_);
  EXPECT_FALSE(directory_.end_of("models"));
  run_shard(options("models"));
  const auto models = directory_.end_of("models");
  ASSERT_TRUE(models);
  EXPECT_EQ(models->fault, "");
  EXPECT_FALSE(models->node.empty());
  EXPECT_EQ(models->machine, measure::machine_facts());
  EXPECT_TRUE(models->runtimes.contains(spec_.cells[0].framework));
  EXPECT_THAT(keys(directory_), SizeIs(3));
  ShardOptions second = options("evaluate-1");
  second.attempt = 2;
  second.node = "n7";
  run_shard(second);
  EXPECT_EQ(directory_.end_of("evaluate-1")->attempt, 2);
  EXPECT_EQ(directory_.end_of("evaluate-1")->node, "n7");
  EXPECT_EQ(directory_.progress_of("evaluate-1")->node, "n7");
  EXPECT_THAT(keys(directory_), SizeIs(5));
}

TEST_F(ShardRun, whose_end_is_there_does_nothing) {
  directory_.create(run_);
  run_shard(options("models"));
  std::filesystem::remove_all(tiny_.checkpoint);
  run_shard(options("models"));
}

TEST_F(ShardRun, takes_what_an_earlier_attempt_has_measured) {
  directory_.create(run_);
  run_shard(options("time-1x8"));
  std::filesystem::remove(directory_.done_file("time-1x8"));
  std::vector<std::string> started;
  ShardOptions again = options("time-1x8");
  again.on_event = [&](const execute::Event& event) {
    if (event.kind == execute::Event::Kind::kStageStarted) started.push_back(event.stage);
  };
  run_shard(again);
  EXPECT_THAT(started, IsEmpty());
  EXPECT_TRUE(directory_.end_of("time-1x8"));
}

TEST_F(ShardRun, finds_its_files_elsewhere_when_it_is_told_where) {
  // As on a machine that does not see the files of this one.
  run_.model = "/nowhere/model";
  run_.dataset = "/nowhere/data";
  directory_.create(run_);
  const RunDirectory output(tiny_.directory.path() / "output");
  ShardOptions there = options("evaluate-1");
  there.output = output.root();
  there.cache = tiny_.directory.path() / "cache there";
  there.model = tiny_.checkpoint;
  there.dataset = tiny_.data;
  run_shard(there);
  EXPECT_FALSE(directory_.end_of("evaluate-1"));
  ASSERT_TRUE(output.end_of("evaluate-1"));
  EXPECT_FALSE(std::filesystem::exists(directory_.cache()));
  // The keys do not depend on the places.
  const std::vector<std::string> there_keys = keys(output);
  run_.model = tiny_.checkpoint;
  run_.dataset = tiny_.data;
  directory_.create(run_);
  run_shard(options("evaluate-1"));
  EXPECT_THAT(keys(directory_), testing::UnorderedElementsAreArray(there_keys));
}

TEST_F(ShardRun, says_a_fault_of_the_input_in_its_end) {
  run_.dataset = "/nowhere/data";
  directory_.create(run_);
  EXPECT_THAT(quantbench::test::message_of([&] { run_shard(options("models")); }),
              HasSubstr("/nowhere/data"));
  EXPECT_THAT(directory_.end_of("models")->fault, HasSubstr("/nowhere/data"));
}

TEST_F(ShardRun, refuses_a_run_of_another_version) {
  run_.quantbench_version = "0.0.1";
  directory_.create(run_);
  EXPECT_THAT(
      quantbench::test::message_of([&] { run_shard(options("models")); }),
      AllOf(HasSubstr("was planned by quantbench 0.0.1"), HasSubstr(std::string(version()))));
  EXPECT_THAT(directory_.end_of("models")->fault, HasSubstr("0.0.1"));
}

TEST_F(ShardRun, that_is_cancelled_leaves_no_end) {
  directory_.create(run_);
  const std::atomic<bool> cancel{true};
  ShardOptions options = this->options("models");
  options.cancel = &cancel;
  EXPECT_THROW(run_shard(options), execute::Cancelled);
  EXPECT_FALSE(directory_.end_of("models"));
}

TEST(RunDirectory, tells_the_latest_job_of_each_shard_and_skips_half_a_line) {
  const TemporaryDirectory scratch;
  const RunDirectory directory(scratch.path());
  EXPECT_THAT(directory.jobs(), IsEmpty());
  directory.append({"models", 1, job_name("abc", "models", 1), ""});
  directory.append({"models", 1, job_name("abc", "models", 1), "7"});
  write_text(directory.jobs_file(), read_text(directory.jobs_file()) + "{\"shard\": \"eval");
  directory.append({"time-1x8", 2, job_name("abc", "time-1x8", 2), "9"});
  const std::vector<Job> jobs = directory.jobs();
  ASSERT_THAT(jobs, SizeIs(2));
  EXPECT_EQ(jobs[0].id, "7");
  EXPECT_EQ(jobs[1].name, "qb-abc-time-1x8-a2");
}

TEST(RunDirectory, does_not_exist_before_its_last_file) {
  const TemporaryDirectory scratch;
  const RunDirectory directory(scratch.path() / "abc");
  std::filesystem::create_directories(directory.shards());
  EXPECT_FALSE(directory.exists());
  directory.create({});
  EXPECT_TRUE(directory.exists());
  EXPECT_FALSE(directory.end_of("models"));
}

}  // namespace
}  // namespace quantbench::backend
