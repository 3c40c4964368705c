// run --backend, attach, cancel and shard, as far as they need no cluster.
#include <gmock/gmock.h>

#include <cstdio>

#include "cli/job_display.h"
#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "support/program.h"

namespace quantbench::cli {
namespace {

using test::run_program;
using testing::AllOf;
using testing::HasSubstr;
using Phase = backend::ShardView::Phase;

TEST(BackendCommands, shard_says_what_a_node_is) {
  const TemporaryDirectory scratch;
  const auto result = run_program("shard --probe", scratch.path());
  EXPECT_EQ(result.status, 0) << result.errors;
  const Json facts = parse_json(result.output, "probe");
  EXPECT_TRUE(facts.at("machine").contains("instruction_sets"));
  EXPECT_TRUE(facts.at("runtimes").at("onnxruntime").contains("version"));
}

TEST(BackendCommands, say_what_is_wrong_in_one_line) {
  const TemporaryDirectory scratch;
  const auto refused = [&](const std::string& arguments) {
    const auto result = run_program(arguments, scratch.path());
    EXPECT_EQ(result.status, 2) << arguments;
    return result.errors;
  };
  EXPECT_THAT(refused("shard"), HasSubstr("FILE is required"));
  EXPECT_THAT(refused("shard /nowhere/shards/models.json"), HasSubstr("/nowhere/run.json"));
  EXPECT_THAT(refused("attach 3fa9c1"), HasSubstr("no run with jobs is called '3fa9c1'"));
  EXPECT_THAT(refused("cancel 3fa9c1"), HasSubstr("none is known here"));
  const std::string out = "demo --overwrite --out '" + (scratch.path() / "out").string() + "' ";
  EXPECT_THAT(refused(out + "--backend nowhere"),
              HasSubstr("--backend: unknown backend 'nowhere'"));
  EXPECT_THAT(refused(out + "--backend sagemaker-training"), HasSubstr("missing key"));
  EXPECT_FALSE(std::filesystem::exists(scratch.path() / "out")) << "refused after it wrote";
  EXPECT_THAT(refused(out + "--detach"), HasSubstr("ends with its command"));
}

TEST(BackendCommands, run_a_card_of_2022_here_unless_they_are_told_otherwise) {
  const TemporaryDirectory scratch;
  const std::string data = QUANTBENCH_TEST_DATA;
  const auto result = run_program(
      "replicate '" + data +
          "/cards/002_4172e28f3ecbce6a.txt' --set model_name_or_path=/nowhere/model --set "
          "dataset.path=/nowhere/data --out '" +
          (scratch.path() / "out").string() + "'",
      scratch.path());
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.errors,
              AllOf(HasSubstr("the benchmark runs on this machine"), HasSubstr("/nowhere/model")));
}

TEST(BackendCommands, help_says_which_backends_must_be_asked_for) {
  const TemporaryDirectory scratch;
  const std::string help = run_program("run --help", scratch.path()).output;
  std::string line;
  for (const char c : help) {
    if (c != '\n' && (c != ' ' || !line.ends_with(' '))) line += c;
    if (c == '\n' && !line.ends_with(' ')) line += ' ';
  }
  EXPECT_THAT(line, HasSubstr("a spec that names sagemaker-training runs on this machine unless it "
                              "is named here"));
}

std::vector<backend::ShardView> shards() {
  return {{"models", Phase::kDone, 1, "n1", "", 1},
          {"evaluate-1", Phase::kRunning, 2, "n2", "evaluate: per_channel=True", 0.4},
          {"time-1x8", Phase::kWaiting, 1, "", "Resources", 0}};
}

TEST(JobDisplay, has_a_line_for_each_job) {
  EXPECT_EQ(shard_text(shards()[0]), "models: done on n1");
  EXPECT_EQ(shard_text(shards()[1]),
            "evaluate-1: running on n2, evaluate: per_channel=True, 40% (attempt 2)");
  EXPECT_EQ(shard_text(shards()[2]), "time-1x8: waiting, Resources");
  EXPECT_THAT(shard_table(shards()), AllOf(HasSubstr("evaluate-1"), HasSubstr("running (2)"),
                                           HasSubstr("40%"), HasSubstr("Resources")));
}

TEST(JobDisplay, off_a_terminal_prints_a_line_for_each_change) {
  const TemporaryDirectory scratch;
  const auto print = [&](bool follows) {
    const auto file = scratch.path() / "log";
    std::FILE* log = std::fopen(file.c_str(), "w");
    DiagnosticStream stream(::fileno(log));
    JobDisplay display(follows, stream);
    std::vector<backend::ShardView> now = shards();
    display.show(now);
    now[1].share = 0.5;
    display.show(now);
    now[1].phase = Phase::kDone;
    now[1].doing.clear();
    display.show(now);
    std::fclose(log);
    return read_text(file);
  };
  EXPECT_EQ(print(false),
            "[ 47%] job models: done on n1\n"
            "[ 50%] job evaluate-1: done on n2 (attempt 2)\n");
  EXPECT_EQ(print(true),
            "[ 47%] job models: done on n1\n"
            "[ 47%] job evaluate-1: running on n2, evaluate: per_channel=True, 40% (attempt 2)\n"
            "[ 47%] job time-1x8: waiting, Resources\n"
            "[ 50%] job evaluate-1: done on n2 (attempt 2)\n");
}

}  // namespace
}  // namespace quantbench::cli
