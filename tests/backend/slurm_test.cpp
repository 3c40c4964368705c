// The commands that the Slurm backend gives, with stand-ins for them. A real cluster: the oracle
// test_slurm.py.
#include <gmock/gmock.h>

#include <cstdlib>

#include "quantbench/backend/arguments.h"
#include "quantbench/backend/backend.h"
#include "quantbench/base/file.h"
#include "support/message_of.h"

namespace quantbench::backend {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Kind = State::Kind;

class SlurmTest : public testing::Test {
 protected:
  SlurmTest() {
    std::filesystem::create_directories(bin());
    path_ = std::getenv("PATH");
    ::setenv("PATH", (bin().string() + ":" + path_).c_str(), 1);
    context_.description.run_id = "abc";
    context_.program = "/opt/it's here/quantbench";
  }
  ~SlurmTest() override { ::setenv("PATH", path_.c_str(), 1); }

  std::filesystem::path bin() const { return scratch_.path() / "bin"; }
  /// A command that keeps its arguments, environment and input in files, and then does `body`.
  void stand_in(const std::string& name, const std::string& body) const {
    const std::string base = (scratch_.path() / name).string();
    write_text(bin() / name, "#!/bin/sh\nprintf '%s\\n' \"$@\" > '" + base +
                                 ".arguments'\nenv > '" + base + ".environment'\n[ " + name +
                                 " != sbatch ] || cat > '" + base + ".input'\n" + body + "\n");
    std::filesystem::permissions(bin() / name, std::filesystem::perms::owner_all);
  }
  std::string kept(const std::string& name) const { return read_text(scratch_.path() / name); }
  std::unique_ptr<Jobs> jobs() const { return backends().get("slurm").open(context_); }
  Shard shard(const Json& args, bool exclusive = false) const {
    Shard out;
    out.name = "evaluate-1";
    out.exclusive = exclusive;
    out.args = checked_arguments(backends().get("slurm"), args);
    return out;
  }
  Job job(const std::string& shard_name, const std::string& id = {}) const {
    return {shard_name, 1, job_name("abc", shard_name, 1), id};
  }

  TemporaryDirectory scratch_;
  std::string path_;
  RunContext context_{RunDirectory("/shared/100% runs/abc"), {}, {}};
};

TEST_F(SlurmTest, submits_a_script_with_the_options_that_were_asked_for) {
  stand_in("sbatch", "echo '4711;cluster'");
  ::setenv("SBATCH_PARTITION", "wrong", 1);
  const std::string id =
      jobs()->submit(shard({{"partition", "bench"},
                            {"account", "me"},
                            {"qos", "high"},
                            {"constraint", "avx512"},
                            {"nodelist", "n[1-2]"},
                            {"time", 30},
                            {"cpus", 2},
                            {"mem", "4G"},
                            {"sbatch_options", {"--gres=gpu:0"}}}),
                     job("evaluate-1"), {job("models", "12"), job("other", "13")});
  ::unsetenv("SBATCH_PARTITION");
  EXPECT_EQ(id, "4711");
  EXPECT_THAT(kept("sbatch.arguments"),
              AllOf(HasSubstr("--parsable\n"), HasSubstr("--job-name=qb-abc-evaluate-1-a1\n"),
                    HasSubstr("--partition=bench\n"), HasSubstr("--account=me\n"),
                    HasSubstr("--qos=high\n"), HasSubstr("--constraint=avx512\n"),
                    HasSubstr("--nodelist=n[1-2]\n"), HasSubstr("--time=30\n"),
                    HasSubstr("--cpus-per-task=2\n"), HasSubstr("--mem=4G\n"),
                    HasSubstr("--dependency=afterany:12:13\n"), HasSubstr("--gres=gpu:0\n"),
                    HasSubstr("--requeue\n"), HasSubstr("--open-mode=append\n"),
                    HasSubstr("--output=/shared/100%% runs/abc/log/evaluate-1-a1.txt\n"),
                    HasSubstr("--chdir=/shared/100% runs/abc\n"), Not(HasSubstr("--exclusive"))));
  EXPECT_THAT(kept("sbatch.environment"), Not(HasSubstr("SBATCH_")));
  EXPECT_EQ(kept("sbatch.input"),
            "#!/bin/sh\nexec '/opt/it'\\''s here/quantbench' shard "
            "'/shared/100% runs/abc/shards/evaluate-1.json' --attempt 1 --node "
            "\"$SLURMD_NODENAME\"\n");
}

TEST_F(SlurmTest, gives_a_whole_node_to_what_is_timed) {
  stand_in("sbatch", "echo 1");
  jobs()->submit(shard({{"cpus", 2}}, true), job("evaluate-1"), {});
  EXPECT_THAT(kept("sbatch.arguments"),
              AllOf(HasSubstr("--exclusive\n"), HasSubstr("--mem=0\n"),
                    Not(HasSubstr("--cpus-per-task")), Not(HasSubstr("--dependency"))));
  // And to everything where no number of processors is given.
  jobs()->submit(shard(Json::object()), job("evaluate-1"), {});
  EXPECT_THAT(kept("sbatch.arguments"), HasSubstr("--exclusive\n"));
}

TEST_F(SlurmTest, tells_a_refusal_from_a_controller_that_is_away) {
  const auto submit = [&] {
    return quantbench::test::message_of(
        [&] { jobs()->submit(shard(Json::object()), job("evaluate-1"), {}); });
  };
  stand_in("sbatch", "echo 'sbatch: error: invalid partition specified: x' >&2; exit 1");
  EXPECT_THAT(submit(), AllOf(HasSubstr("refuses job evaluate-1"), HasSubstr("invalid partition")));
  stand_in("sbatch",
           "echo 'sbatch: error: Batch job submission failed: Unable to contact slurm controller "
           "(connect failure)' >&2; exit 1");
  EXPECT_THROW(jobs()->submit(shard(Json::object()), job("evaluate-1"), {}), Unreachable);
  std::filesystem::remove(bin() / "sbatch");
  ::setenv("PATH", bin().c_str(), 1);
  EXPECT_THAT(submit(), HasSubstr("where the commands of Slurm are installed"));
}

TEST_F(SlurmTest, asks_for_all_jobs_at_once_by_name) {
  stand_in("squeue",
           "cat <<'END'\n"
           "7|qb-abc-models-a1|PENDING|Resources|\n"
           "8|qb-abc-evaluate-1-a1|RUNNING|None|n3\n"
           "9|qb-abc-time-1x8-a1|NODE_FAIL|None|n4\n"
           "10|qb-abc-time-2x8-a1|CANCELLED|None|n4\n"
           "11|qb-abc-time-2x8-a1|COMPLETING|None|n1\n"
           "12|another|RUNNING|None|n1\n"
           "END");
  ::setenv("SQUEUE_FORMAT", "%i", 1);
  const auto states = jobs()->poll(
      {job("models"), job("evaluate-1"), job("time-1x8"), job("time-2x8"), job("time-4x8")});
  ::unsetenv("SQUEUE_FORMAT");
  EXPECT_THAT(states, SizeIs(5));
  EXPECT_EQ(states.at("qb-abc-models-a1").kind, Kind::kWaiting);
  EXPECT_EQ(states.at("qb-abc-models-a1").reason, "Resources");
  EXPECT_EQ(states.at("qb-abc-models-a1").id, "7");
  EXPECT_EQ(states.at("qb-abc-evaluate-1-a1").kind, Kind::kRunning);
  EXPECT_EQ(states.at("qb-abc-evaluate-1-a1").node, "n3");
  EXPECT_EQ(states.at("qb-abc-time-1x8-a1").kind, Kind::kEnded);
  EXPECT_EQ(states.at("qb-abc-time-1x8-a1").reason, "NODE_FAIL");
  // Of two jobs of one name the living one counts.
  EXPECT_EQ(states.at("qb-abc-time-2x8-a1").kind, Kind::kRunning);
  EXPECT_EQ(states.at("qb-abc-time-2x8-a1").id, "11");
  EXPECT_EQ(states.at("qb-abc-time-4x8-a1").kind, Kind::kGone);
  EXPECT_THAT(kept("squeue.arguments"),
              AllOf(HasSubstr("--states=all\n"),
                    HasSubstr("--name=qb-abc-models-a1,qb-abc-evaluate-1-a1,")));
  EXPECT_THAT(kept("squeue.environment"), Not(HasSubstr("SQUEUE_FORMAT")));
}

TEST_F(SlurmTest, knows_nothing_of_jobs_while_the_controller_is_away) {
  stand_in("squeue",
           "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1");
  const auto states = jobs()->poll({job("models")});
  EXPECT_EQ(states.at("qb-abc-models-a1").kind, Kind::kUnknown);
  EXPECT_THAT(states.at("qb-abc-models-a1").reason, HasSubstr("Unable to contact"));
  EXPECT_THAT(jobs()->poll({}), IsEmpty());
}

TEST_F(SlurmTest, cancels_by_name) {
  stand_in("scancel", "true");
  jobs()->cancel({job("models")});
  EXPECT_THAT(kept("scancel.arguments"), HasSubstr("--name=qb-abc-models-a1\n"));
  stand_in("scancel", "echo 'scancel: error: Access denied' >&2; exit 1");
  EXPECT_THAT(quantbench::test::message_of([&] { jobs()->cancel({job("models")}); }),
              HasSubstr("cannot cancel qb-abc-models-a1: scancel: error: Access denied"));
}

TEST_F(SlurmTest, measures_on_each_of_several_constraints) {
  const Backend& slurm = backends().get("slurm");
  const Json several =
      checked_arguments(slurm, {{"constraint", {"avx512", "avx2"}}, {"partition", "bench"}});
  const std::vector<Json> variants = slurm.variants(several);
  ASSERT_THAT(variants, SizeIs(2));
  EXPECT_EQ(variants[0].at("constraint"), Json({"avx512"}));
  EXPECT_EQ(variants[1].at("constraint"), Json({"avx2"}));
  EXPECT_EQ(variants[1].at("partition"), "bench");
  EXPECT_THAT(slurm.variants(checked_arguments(slurm, Json::object())), SizeIs(1));
}

TEST_F(SlurmTest, refuses_options_that_are_none_and_shows_no_account) {
  const Backend& slurm = backends().get("slurm");
  EXPECT_THAT(quantbench::test::message_of([&] {
                checked_arguments(slurm, {{"sbatch_options", {"gres=gpu:1"}}});
              }),
              HasSubstr("backend_args.sbatch_options: 'gres=gpu:1' is not an option"));
  EXPECT_EQ(shown_arguments(slurm, {{"account", "me"},
                                    {"partition", "p"},
                                    {"run_directory", "/home/me"},
                                    {"constraint", "avx512"}}),
            (Json{{"constraint", "avx512"}}));
}

}  // namespace
}  // namespace quantbench::backend
