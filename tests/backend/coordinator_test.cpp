#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "backend/tiny_run.h"
#include "quantbench/backend/run.h"
#include "quantbench/backend/run_shard.h"
#include "quantbench/base/fields.h"
#include "quantbench/execute/strategy.h"
#include "quantbench/measure/machine.h"
#include "quantbench/store/database.h"
#include "quantbench/store/sqlite.h"
#include "quantbench/store/stage_results.h"
#include "support/message_of.h"

namespace quantbench::backend {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = State::Kind;

/// A cluster in this process: a job runs while it is submitted, unless it is to be lost.
struct Cluster {
  std::vector<std::string> submitted;  ///< shards
  std::vector<std::vector<std::string>> after;
  std::map<std::string, State> states;
  std::set<std::string> known;
  std::vector<std::string> cancelled;
  /// How often jobs of a shard are lost, with the scheduler's word for it.
  std::map<std::string, int> to_lose;
  std::string word = "NODE_FAIL";
  /// Jobs stay where they are in place of running.
  bool holds = false;
  /// The facts of the machine that a shard finds itself on.
  std::map<std::string, Json> machines;
  /// Thrown instead of submitting: refusals and pauses.
  std::function<void(const Job&)> before_submit;
  /// After the scheduler has the job, and before its id is known.
  std::function<void(const Job&)> after_submit;
};

Cluster& cluster() {
  static Cluster one;
  return one;
}

class ClusterJobs final : public Jobs {
 public:
  explicit ClusterJobs(const RunContext& context) : context_(context) {}

  std::string submit(const Shard& shard, const Job& job, const std::vector<Job>& after) override {
    Cluster& all = cluster();
    if (all.before_submit) all.before_submit(job);
    const std::string id = std::to_string(100 + all.submitted.size());
    all.submitted.push_back(shard.name);
    std::vector<std::string> names;
    for (const Job& one : after) names.push_back(one.shard);
    all.after.push_back(names);
    all.known.insert(job.name);
    all.states[job.name] = {Kind::kRunning, {}, "n1", id};
    if (all.after_submit) all.after_submit(job);
    if (all.holds) return id;
    if (all.to_lose[shard.name] > 0) {
      --all.to_lose[shard.name];
      all.states[job.name] = {Kind::kEnded, all.word, "n1", id};
      return id;
    }
    run(shard, job);
    return id;
  }
  void run(const Shard& shard, const Job& job) {
    ShardOptions options;
    options.file = context_.directory.shard_file(shard.name);
    options.attempt = job.attempt;
    options.node = "n1";
    options.program = context_.program;
    const auto machine = cluster().machines.find(shard.name);
    if (machine != cluster().machines.end()) options.machine = machine->second;
    try {
      run_shard(options);
    } catch (const Error&) {
      // The shard's end says it.
    }
    cluster().states[job.name].kind = Kind::kEnded;
    cluster().states[job.name].reason = "COMPLETED";
  }
  std::map<std::string, State> poll(const std::vector<Job>& jobs) override {
    std::map<std::string, State> out;
    for (const Job& job : jobs) {
      const auto found = cluster().states.find(job.name);
      out[job.name] = found == cluster().states.end() ? State{Kind::kGone} : found->second;
    }
    return out;
  }
  void cancel(const std::vector<Job>& jobs) override {
    for (const Job& job : jobs) {
      cluster().cancelled.push_back(job.shard);
      cluster().states[job.name] = {Kind::kEnded, "CANCELLED", {}, {}};
    }
  }

 private:
  RunContext context_;
};

struct ClusterArguments {
  std::int64_t max_jobs = 2;
  std::int64_t retries = 1;
  std::vector<std::string> kind;
  std::string secret = "none";
};

Fields<ClusterArguments> cluster_fields() {
  return Fields<ClusterArguments>()
      .add(&ClusterArguments::max_jobs, {.name = "max_jobs", .minimum = 1})
      .add(&ClusterArguments::retries, {.name = "retries"})
      .add(&ClusterArguments::kind, {.name = "kind"})
      .add(&ClusterArguments::secret, {.name = "secret"});
}

class ClusterBackend : public Backend {
 public:
  std::string summary() const override { return "a cluster in this process"; }
  Parameters parameters() const override { return cluster_fields().parameters(); }
  std::vector<std::string> public_parameters() const override { return {"kind"}; }
  std::vector<Json> variants(const Json& args) const override {
    const auto kinds = cluster_fields().read(args).kind;
    std::vector<Json> out;
    for (const std::string& one : kinds) {
      out.push_back(args);
      out.back()["kind"] = Json::array({one});
    }
    return out.empty() ? std::vector<Json>{args} : out;
  }
  std::size_t max_jobs(const Json& args) const override {
    return static_cast<std::size_t>(cluster_fields().read(args).max_jobs);
  }
  int retries(const Json& args) const override {
    return static_cast<int>(cluster_fields().read(args).retries);
  }
  double grace_seconds(const Json&) const override { return 0; }
  std::unique_ptr<Jobs> open(const RunContext& context) const override {
    return std::make_unique<ClusterJobs>(context);
  }
};

/// A backend that cards of 2022 name.
class CostlyBackend final : public ClusterBackend {
 public:
  bool must_be_asked_for() const override { return true; }
};

/// A search of one step: the grid. Where it is told so, it ends in the middle.
class Picks final : public execute::Strategy {
 public:
  std::string summary() const override { return "a search for a test"; }
  bool searches() const override { return true; }
  store::RunResult run(const spec::Spec& spec, const execute::Options& options) const override {
    store::RunResult result = execute::run(spec, options);
    if (std::exchange(ends_early, false)) throw execute::Cancelled();
    store::Tuning tuning;
    tuning.objective = store::Tuning::kLatency;
    tuning.outcome = store::Tuning::kShown;
    tuning.row = 0;
    result.tuning = tuning;
    return result;
  }
  static bool ends_early;
};
bool Picks::ends_early = false;

class CoordinatorTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (backends().find("cluster") != nullptr) return;
    execute::strategies().add("picks", std::make_unique<Picks>());
    backends().add("cluster", std::make_unique<ClusterBackend>());
    backends().add("costly", std::make_unique<CostlyBackend>());
  }
  CoordinatorTest() {
    cluster() = Cluster();
    options_.execute = tiny_.options;
    options_.backend = "cluster";
    options_.out = tiny_.directory.path() / "out";
    options_.execute.on_event = [this](const execute::Event& event) {
      if (event.kind == execute::Event::Kind::kWarning) warnings_.push_back(event.message);
      if (event.kind == execute::Event::Kind::kStageStarted) started_.push_back(event.stage);
    };
    options_.say = [this](const std::string& text) { said_.push_back(text); };
  }

  RunOutcome run(const std::vector<std::string>& overrides = {}) {
    return backend::run(tiny_.spec(overrides), options_);
  }
  std::string message(const std::vector<std::string>& overrides = {}) {
    return quantbench::test::message_of([&] { run(overrides); });
  }
  RunDirectory directory_of(const RunOutcome& outcome) const {
    return RunDirectory(tiny_.options.store.parent_path() / "runs" / outcome.run_id);
  }

  test::TinyRun tiny_;
  RunOptions options_;
  std::vector<std::string> warnings_;
  std::vector<std::string> started_;
  std::vector<std::string> said_;
};

/// Without what differs from one measurement to the next.
Json rows_of(const store::RunResult& result) {
  Json out = Json::array();
  for (const store::Row& row : result.rows) {
    Json shapes = Json::array();
    for (const auto& timing : row.timings) {
      shapes.push_back({timing.batch_size, timing.input_length, timing.latencies.empty()});
    }
    const auto accuracy = row.evaluation.find("accuracy");
    out.push_back({{"parameters", row.parameters},
                   {"status", store::status_name(row.status)},
                   {"message", row.message},
                   {"accuracy", accuracy == row.evaluation.end() ? Json() : Json(accuracy->second)},
                   {"model", row.model_hash},
                   {"bytes", row.model_bytes},
                   {"quantization", row.quantization_note()},
                   {"shapes", shapes}});
  }
  return out;
}

/// Without what it says of this CPU's own arithmetic.
std::vector<std::string> warnings_of(const store::Row& row) {
  std::vector<std::string> out = row.warnings;
  std::erase_if(out,
                [](const std::string& text) { return text.find("VNNI") != std::string::npos; });
  return out;
}

TEST_F(CoordinatorTest, gives_the_same_rows_as_this_machine_and_runs_nothing_here) {
  const RunOutcome there = run();
  ASSERT_THAT(there.results, SizeIs(1));
  EXPECT_THAT(cluster().submitted,
              ElementsAre("models", "evaluate-1", "evaluate-2", "time-1x8", "time-2x8"));
  EXPECT_THAT(started_, IsEmpty());
  EXPECT_THAT(warnings_, IsEmpty());
  RunOptions here = options_;
  here.backend = "local";
  here.execute.store = tiny_.directory.path() / "other.sqlite";
  here.execute.cache = tiny_.directory.path() / "other-cache";
  const RunOutcome local = backend::run(tiny_.spec(), here);
  EXPECT_EQ(rows_of(there.results[0]), rows_of(local.results.at(0)));
  EXPECT_EQ(there.results[0].machine, local.results[0].machine);
  EXPECT_EQ(there.results[0].runtimes, local.results[0].runtimes);
  EXPECT_EQ(there.results[0].fixed, local.results[0].fixed);
  EXPECT_EQ(there.results[0].spec.at("backend"), "cluster");
  EXPECT_EQ(local.results[0].spec.at("backend"), "local");
  for (const store::Row& row : there.results[0].rows) {
    EXPECT_EQ(row.status, store::Row::Status::kOk) << row.message;
    EXPECT_GT(row.peak_memory_bytes, 1 << 20);
  }
}

TEST_F(CoordinatorTest, keeps_results_in_the_store_by_key) {
  const RunOutcome outcome = run();
  store::Database database(options_.execute.store);
  EXPECT_THAT(database.runs(), SizeIs(1));
  store::FileResults results(directory_of(outcome).results(), {});
  const std::vector<std::string> keys = results.keys();
  for (const std::string& key : keys) EXPECT_TRUE(database.find_stage(key)) << key;
  // The same as of a run on this machine, by content.
  execute::Options here = options_.execute;
  here.store = tiny_.directory.path() / "other.sqlite";
  here.cache = tiny_.directory.path() / "other-cache";
  execute::run(tiny_.spec(), here);
  store::Connection local(here.store, store::Access::kRead);
  store::Statement select(local, "SELECT stage_key FROM stages");
  std::vector<std::string> expected;
  while (select.step()) expected.push_back(select.text(0));
  EXPECT_THAT(keys, testing::UnorderedElementsAreArray(expected));
}

TEST_F(CoordinatorTest, the_same_command_finds_everything) {
  const RunOutcome first = run();
  cluster().submitted.clear();
  const RunOutcome second = run();
  EXPECT_THAT(cluster().submitted, IsEmpty());
  EXPECT_EQ(second.run_id, first.run_id);
  ASSERT_THAT(second.results, SizeIs(1));
  for (std::size_t i = 0; i < first.results[0].rows.size(); ++i) {
    EXPECT_EQ(first.results[0].rows[i].timings.at(0).latencies,
              second.results[0].rows[i].timings.at(0).latencies);
  }
}

TEST_F(CoordinatorTest, fresh_measures_again) {
  const RunOutcome first = run();
  cluster().submitted.clear();
  options_.execute.fresh = true;
  const RunOutcome second = run();
  EXPECT_EQ(second.run_id, first.run_id + "-2");
  EXPECT_THAT(cluster().submitted, SizeIs(5));
  EXPECT_NE(first.results[0].rows[0].timings.at(0).latencies,
            second.results[0].rows[0].timings.at(0).latencies);
  options_.execute.fresh = false;
  cluster().submitted.clear();
  EXPECT_EQ(run().run_id, second.run_id);
  EXPECT_THAT(cluster().submitted, IsEmpty());
}

TEST_F(CoordinatorTest, a_larger_grid_measures_only_what_is_new) {
  const RunOutcome smaller = run({"batch_sizes=[1]"});
  const RunOutcome larger = run();
  EXPECT_NE(larger.run_id, smaller.run_id);
  for (std::size_t i = 0; i < larger.results.at(0).rows.size(); ++i) {
    EXPECT_EQ(larger.results[0].rows[i].timings.at(0).latencies,
              smaller.results.at(0).rows[i].timings.at(0).latencies);
    EXPECT_THAT(larger.results[0].rows[i].timings, SizeIs(2));
  }
}

TEST_F(CoordinatorTest, a_lost_job_is_submitted_again) {
  cluster().to_lose["evaluate-1"] = 1;
  const RunOutcome outcome = run();
  EXPECT_THAT(cluster().submitted, ElementsAre("models", "evaluate-1", "evaluate-2", "time-1x8",
                                               "time-2x8", "evaluate-1"));
  EXPECT_THAT(said_, ElementsAre(AllOf(HasSubstr("evaluate-1-a1 is lost (NODE_FAIL)"))));
  EXPECT_EQ(directory_of(outcome).end_of("evaluate-1")->attempt, 2);
  for (const auto& row : outcome.results.at(0).rows)
    EXPECT_TRUE(row.message.empty()) << row.message;
}

TEST_F(CoordinatorTest, rows_of_a_job_that_is_lost_for_good_fail_with_the_schedulers_word) {
  cluster().to_lose["time-2x8"] = 2;
  cluster().word = "TIMEOUT";
  const RunOutcome outcome = run();
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("TIMEOUT; not submitted again (retries 1)")));
  for (const store::Row& row : outcome.results.at(0).rows) {
    EXPECT_EQ(row.status, store::Row::Status::kFailed);
    EXPECT_THAT(row.message, AllOf(HasSubstr("time: job qb-"), HasSubstr("TIMEOUT")));
    EXPECT_THAT(row.timings, SizeIs(1));
    EXPECT_TRUE(row.evaluation.contains("accuracy"));
  }
  // The user comes again: only what is missing is measured.
  cluster().submitted.clear();
  const RunOutcome again = run();
  EXPECT_THAT(cluster().submitted, ElementsAre("time-2x8"));
  for (const store::Row& row : again.results.at(0).rows) EXPECT_TRUE(row.message.empty());
}

TEST_F(CoordinatorTest, a_shard_makes_what_a_lost_one_did_not) {
  cluster().to_lose["models"] = 2;
  const RunOutcome outcome = run();
  for (const auto& row : outcome.results.at(0).rows)
    EXPECT_TRUE(row.message.empty()) << row.message;
}

TEST_F(CoordinatorTest, goes_on_where_a_killed_one_stood) {
  struct Killed {};
  // As kill -9 leaves it: the scheduler has the job, and its id was never written down.
  cluster().after_submit = [](const Job& job) {
    if (job.shard == "evaluate-2") throw Killed();
  };
  EXPECT_THROW(run(), Killed);
  EXPECT_THAT(cluster().submitted, ElementsAre("models", "evaluate-1", "evaluate-2"));
  cluster().after_submit = nullptr;
  cluster().submitted.clear();
  std::string name;
  for (const auto& [job, state] : cluster().states) {
    if (job.find("evaluate-2") != std::string::npos) name = job;
  }
  const std::string id = name.substr(3, name.find("-evaluate") - 3);
  const RunDirectory directory(tiny_.options.store.parent_path() / "runs" / id);
  // Meanwhile it runs.
  ShardOptions shard;
  shard.file = directory.shard_file("evaluate-2");
  run_shard(shard);
  const RunOutcome outcome = run();
  EXPECT_THAT(cluster().submitted, ElementsAre("time-1x8", "time-2x8"));
  for (const auto& row : outcome.results.at(0).rows)
    EXPECT_TRUE(row.message.empty()) << row.message;
}

TEST_F(CoordinatorTest, finds_a_job_by_its_name_whose_id_it_does_not_know) {
  struct Killed {};
  cluster().holds = true;
  cluster().after_submit = [](const Job&) { throw Killed(); };
  EXPECT_THROW(run(), Killed);
  cluster().after_submit = nullptr;
  options_.detach = true;
  cluster().submitted.clear();
  const RunOutcome outcome = run();
  EXPECT_THAT(cluster().submitted, ElementsAre("evaluate-1", "evaluate-2", "time-1x8", "time-2x8"));
  EXPECT_EQ(directory_of(outcome).jobs().at(0).id, "100");
}

TEST_F(CoordinatorTest, detaches_and_is_attached_to_again) {
  options_.detach = true;
  cluster().holds = true;
  const RunOutcome detached = run();
  EXPECT_THAT(detached.results, IsEmpty());
  EXPECT_EQ(detached.jobs, 5U);
  // In the order of the jobs: each after what comes before it in its lane.
  EXPECT_THAT(cluster().after.at(1), ElementsAre("models"));
  EXPECT_THAT(cluster().after.at(3), ElementsAre("evaluate-1"));
  EXPECT_THAT(cluster().after.at(4), ElementsAre("evaluate-2"));
  for (const char* shard : {"models", "evaluate-1", "evaluate-2", "time-1x8", "time-2x8"}) {
    ShardOptions options;
    options.file = directory_of(detached).shard_file(shard);
    run_shard(options);
  }
  options_.detach = false;
  const KnownRun known = find_run(detached.run_id.substr(0, 6), options_.execute.store);
  EXPECT_EQ(known.out, options_.out);
  const RunOutcome attached = attach(known, options_);
  ASSERT_THAT(attached.results, SizeIs(1));
  EXPECT_THAT(cluster().submitted, SizeIs(5));
  EXPECT_EQ(attached.results[0].fixed, tiny_.spec().fixed);
  for (const auto& row : attached.results[0].rows) EXPECT_TRUE(row.message.empty()) << row.message;
}

TEST_F(CoordinatorTest, only_one_attends_a_run) {
  options_.detach = true;
  cluster().holds = true;
  std::string other;
  options_.on_shards = [&](const std::vector<ShardView>&) {
    RunOptions second = options_;
    second.on_shards = nullptr;
    other = quantbench::test::message_of([&] { backend::run(tiny_.spec(), second); });
  };
  run();
  EXPECT_THAT(other, HasSubstr("another quantbench attends run"));
}

TEST_F(CoordinatorTest, leaves_the_jobs_alone_or_cancels_them_as_the_user_wants) {
  cluster().holds = true;
  options_.interrupt = [] { return Interrupt::kDetach; };
  EXPECT_THAT(run().results, IsEmpty());
  EXPECT_THAT(cluster().cancelled, IsEmpty());
  options_.interrupt = [] { return Interrupt::kCancel; };
  EXPECT_THROW(run(), execute::Cancelled);
  EXPECT_THAT(cluster().cancelled, SizeIs(5));
  // The same command continues.
  options_.interrupt = nullptr;
  cluster().holds = false;
  for (const auto& row : run().results.at(0).rows) EXPECT_TRUE(row.message.empty()) << row.message;
}

TEST_F(CoordinatorTest, cancel_ends_what_runs_and_keeps_what_was_measured) {
  const RunOutcome whole = run();
  const KnownRun known = find_run(whole.run_id, options_.execute.store);
  EXPECT_EQ(cancel(known, options_), 0U);
  std::filesystem::remove(known.directory.done_file("time-1x8"));
  for (auto& [name, state] : cluster().states) state.kind = Kind::kRunning;
  EXPECT_EQ(cancel(known, options_), 1U);
  EXPECT_THAT(cluster().cancelled, ElementsAre("time-1x8"));
}

TEST_F(CoordinatorTest, a_fault_of_the_input_ends_the_run_with_its_line) {
  cluster().before_submit = [&](const Job& job) {
    if (job.shard == "evaluate-1") std::filesystem::remove(tiny_.data / "validation.tsv");
  };
  EXPECT_THAT(message(), AllOf(HasSubstr("job evaluate-1 on n1"), HasSubstr("validation")));
}

TEST_F(CoordinatorTest, what_the_scheduler_refuses_ends_the_run_and_what_passes_is_tried_again) {
  cluster().before_submit = [](const Job& job) {
    if (job.shard == "time-1x8") throw Error("refuses job: no such partition", "sbatch");
  };
  EXPECT_THAT(message(), HasSubstr("no such partition"));
  int times = 0;
  cluster().before_submit = [&](const Job& job) {
    if (job.shard == "time-1x8" && ++times < 2) throw Unreachable("is away", "sbatch");
  };
  const RunOutcome outcome = run();
  EXPECT_EQ(times, 2);
  EXPECT_THAT(warnings_, Contains(HasSubstr("is away; tried again")));
  for (const auto& row : outcome.results.at(0).rows)
    EXPECT_TRUE(row.message.empty()) << row.message;
}

TEST_F(CoordinatorTest, two_kinds_of_machine_are_two_results) {
  Json other = measure::machine_facts();
  other["cpu"] = "another CPU";
  for (const char* shard :
       {"models-v2", "evaluate-1-v2", "evaluate-2-v2", "time-1x8-v2", "time-2x8-v2"}) {
    cluster().machines[shard] = other;
  }
  const RunOutcome outcome = run({"backend=cluster", "backend_args={kind: [a, b], secret: s3}"});
  ASSERT_THAT(outcome.results, SizeIs(2));
  EXPECT_THAT(cluster().submitted, SizeIs(10));
  EXPECT_EQ(outcome.results[1].machine.at("cpu"), "another CPU");
  EXPECT_EQ(outcome.results[0].spec.at("backend_args"), (Json{{"kind", "a"}}));
  EXPECT_EQ(outcome.results[1].spec.at("backend_args"), (Json{{"kind", "b"}}));
  for (const store::RunResult& result : outcome.results) {
    for (const store::Row& row : result.rows) {
      EXPECT_TRUE(row.message.empty()) << row.message;
      EXPECT_THAT(row.timings, SizeIs(2));
      EXPECT_THAT(warnings_of(row), IsEmpty());
    }
  }
  EXPECT_NE(outcome.results[0].rows[0].timings[0].latencies,
            outcome.results[1].rows[0].timings[0].latencies);
}

TEST_F(CoordinatorTest, two_kinds_that_turn_out_to_be_one_machine_are_one_result) {
  const RunOutcome outcome = run({"backend_args={kind: [a, b]}", "backend=cluster"});
  ASSERT_THAT(outcome.results, SizeIs(1));
  EXPECT_EQ(outcome.results[0].spec.at("backend_args"), (Json{{"kind", {"a", "b"}}}));
}

TEST_F(CoordinatorTest, another_price_is_the_same_run) {
  const RunOutcome first = run({"price_per_hour=1"});
  cluster().submitted.clear();
  const RunOutcome second = run({"price_per_hour=2"});
  EXPECT_EQ(second.run_id, first.run_id);
  EXPECT_THAT(cluster().submitted, IsEmpty());
  EXPECT_EQ(second.results.at(0).spec.at("price_per_hour"), (Json{{"any", 2}}));
  EXPECT_EQ(second.spec.price_per_hour, (Json{{"any", 2}}));
}

TEST_F(CoordinatorTest, a_shape_that_found_another_cpu_makes_another_group) {
  Json other = measure::machine_facts();
  other["cpu"] = "another CPU";
  cluster().machines["time-2x8"] = other;
  const RunOutcome outcome = run();
  ASSERT_THAT(outcome.results, SizeIs(2));
  for (const store::RunResult& result : outcome.results) {
    const bool is_other = result.machine.at("cpu") == "another CPU";
    for (const store::Row& row : result.rows) {
      EXPECT_TRUE(row.message.empty()) << row.message;
      ASSERT_THAT(row.timings, SizeIs(1));
      EXPECT_EQ(row.timings[0].batch_size, is_other ? 2 : 1);
      EXPECT_TRUE(row.evaluation.contains("accuracy"));
      // Its accuracy was computed elsewhere, and the row says so.
      EXPECT_THAT(warnings_of(row), SizeIs(is_other ? 1 : 0));
    }
  }
}

TEST_F(CoordinatorTest, one_job_does_all) {
  const RunOutcome outcome = run({"backend=cluster", "backend_args={max_jobs: 1}"});
  EXPECT_THAT(cluster().submitted, ElementsAre("all"));
  for (const auto& row : outcome.results.at(0).rows)
    EXPECT_TRUE(row.message.empty()) << row.message;
}

TEST_F(CoordinatorTest, a_search_is_one_job_with_the_whole_run) {
  const RunOutcome outcome = run({"strategy=picks"});
  EXPECT_THAT(cluster().submitted, ElementsAre("search"));
  EXPECT_THAT(started_, IsEmpty()) << "nothing runs here";
  ASSERT_THAT(outcome.results, SizeIs(1));
  const store::RunResult& result = outcome.results[0];
  ASSERT_TRUE(result.tuning);
  EXPECT_EQ(result.tuning->outcome, store::Tuning::kShown);
  EXPECT_EQ(result.spec.at("backend"), "cluster");
  EXPECT_EQ(result.fixed, tiny_.spec().fixed);
  ASSERT_THAT(result.rows, SizeIs(3));
  for (const store::Row& row : result.rows) EXPECT_THAT(row.timings, SizeIs(2));
  // By key and as a run they are in the store here.
  store::Database database(options_.execute.store);
  EXPECT_EQ(database.load_run(result.run_id).rows.size(), 3U);
  const auto keys = store::FileResults(directory_of(outcome).results(), {}).keys();
  EXPECT_GE(keys.size(), 3U + 6U);
  for (const std::string& key : keys) EXPECT_TRUE(database.find_stage(key)) << key;
}

TEST_F(CoordinatorTest, a_search_on_two_kinds_of_machine_is_two_jobs) {
  const RunOutcome outcome =
      run({"strategy=picks", "backend=cluster", "backend_args={kind: [a, b], secret: s3}"});
  EXPECT_THAT(cluster().submitted, ElementsAre("search", "search-v2"));
  ASSERT_THAT(outcome.results, SizeIs(2));
  EXPECT_EQ(outcome.results[0].spec.at("backend_args"), (Json{{"kind", "a"}}));
  EXPECT_EQ(outcome.results[1].spec.at("backend_args"), (Json{{"kind", "b"}}));
}

TEST_F(CoordinatorTest, a_search_that_was_lost_goes_on_with_what_it_has_measured) {
  Picks::ends_early = true;
  const RunOutcome outcome = run({"strategy=picks"});
  EXPECT_THAT(cluster().submitted, ElementsAre("search", "search"));
  const RunDirectory directory = directory_of(outcome);
  EXPECT_EQ(directory.end_of("search")->attempt, 2);
  // The same command with the job's end taken away: another job measures nothing.
  std::filesystem::remove(directory.done_file("search"));
  std::vector<std::string> measured;
  ShardOptions again;
  again.file = directory.shard_file("search");
  again.on_event = [&](const execute::Event& event) {
    if (event.kind == execute::Event::Kind::kStageStarted) measured.push_back(event.stage);
  };
  run_shard(again);
  EXPECT_THAT(measured, IsEmpty());
}

TEST_F(CoordinatorTest, refuses_arguments_that_the_backend_does_not_have) {
  EXPECT_THAT(message({"backend=cluster", "backend_args={max_job: 3}"}),
              HasSubstr("unknown key 'backend_args.max_job' (did you mean 'max_jobs'?)"));
  EXPECT_THAT(message({"backend=cluster", "backend_args={max_jobs: 0}"}),
              HasSubstr("backend_args.max_jobs: is 0, expected"));
  EXPECT_THAT(cluster().submitted, IsEmpty());
}

TEST_F(CoordinatorTest, a_backend_that_costs_runs_only_when_it_is_asked_for) {
  const spec::Spec spec = tiny_.spec({"backend=costly", "backend_args={kind: a}"});
  std::string remark;
  EXPECT_EQ(as_run(spec, {}, &remark).backend, "local");
  EXPECT_EQ(as_run(spec).backend_args, Json::object());
  EXPECT_THAT(remark, AllOf(HasSubstr("'costly'"), HasSubstr("--backend costly")));
  EXPECT_EQ(as_run(spec, "costly").backend, "costly");
  EXPECT_EQ(as_run(spec, "costly").backend_args, (Json{{"kind", "a"}}));
  options_.backend.clear();
  const RunOutcome outcome = backend::run(spec, options_);
  EXPECT_THAT(cluster().submitted, IsEmpty());
  EXPECT_EQ(outcome.results.at(0).spec.at("backend"), "local");
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("runs only when it is asked for")));
}

TEST_F(CoordinatorTest, another_backend_does_not_get_the_arguments_of_the_specs) {
  const spec::Spec spec =
      tiny_.spec({"backend=sagemaker-2022", "backend_args={instance_type: m5, kind: a}"});
  EXPECT_EQ(as_run(spec, "cluster").backend_args, (Json{{"kind", "a"}}));
  EXPECT_EQ(as_run(spec, "local").backend_args, Json::object());
  EXPECT_THAT(quantbench::test::message_of([&] { as_run(spec, "clster"); }),
              HasSubstr("--backend: unknown backend 'clster' (did you mean 'cluster'?)"));
}

TEST_F(CoordinatorTest, names_the_runs_it_knows) {
  const auto find = [&](const std::string& run) {
    return quantbench::test::message_of([&] { find_run(run, options_.execute.store); });
  };
  EXPECT_THAT(find("abc"), HasSubstr("none is known here"));
  const RunOutcome outcome = run();
  EXPECT_THAT(find("xyz"), HasSubstr("known: " + outcome.run_id));
  EXPECT_EQ(find_run(directory_of(outcome).root().string(), {}).directory.root(),
            directory_of(outcome).root());
}

}  // namespace
}  // namespace quantbench::backend
