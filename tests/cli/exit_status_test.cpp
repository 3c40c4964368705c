// The table of docs/cli.md, what --help says, and the real statuses are one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "cli/command.h"
#include "quantbench/base/file.h"
#include "quantbench/demo/demo_assets.h"
#include "support/program.h"

namespace quantbench::cli {
namespace {

using ::testing::HasSubstr;

std::string without_breaks(const std::string& text) {
  return std::regex_replace(text, std::regex("\\s+"), " ");
}

TEST(ExitStatus, is_in_the_docs_as_in_help) {
  const std::string docs = read_text(QUANTBENCH_TEST_DATA "/../../docs/cli.md");
  const TemporaryDirectory scratch;
  const auto help = without_breaks(test::run_program("--help", scratch.path()).output);
  const auto help_of_run = without_breaks(test::run_program("run --help", scratch.path()).output);
  for (const auto& [status, meaning] : kExitStatuses) {
    const std::string number = std::to_string(static_cast<int>(status));
    EXPECT_THAT(docs, HasSubstr("| " + number + " | " + meaning + " |\n"));
    EXPECT_THAT(help, HasSubstr(" " + number + " " + meaning));
    EXPECT_THAT(help_of_run, HasSubstr(" " + number + " " + meaning));
  }
}

TEST(ExitStatus, of_commands_is_as_the_table_says) {
  const TemporaryDirectory scratch;
  demo::unpack(scratch.path() / "in");
  const std::string card = "'" QUANTBENCH_TEST_DATA "/cards/000_43a37d0915b28517.txt'";
  const std::string run =
      "\"$Q\" run in/spec.yaml --set 'operators_to_quantize=[[MatMul]]' --set 'batch_sizes=[1]' "
      "--set max_eval_samples=40 --set 'input_lengths=[16]' --set "
      "time_benchmark_args.duration=0.02 ";
  const struct {
    std::string script;
    int status;
  } cases[] = {
      {"\"$Q\" list", kSuccess},
      {run + "--out ok", kSuccess},
      // A worker, whose parent is the program, is killed.
      {run +
           "--set time_benchmark_args.duration=5 --fresh --out failed 2>log & p=$!; until grep -q "
           "evaluate log; do sleep 0.02; done; killed=; until [ \"$killed\" ]; do for s in "
           "/proc/[0-9]*/stat; do if read -r pid _ _ parent _ 2>/dev/null <$s && [ \"$parent\" = "
           "\"$p\" ]; then kill -9 $pid && killed=1; fi; done; done; wait $p",
       kSomeRowsFailed},
      {"\"$Q\" run nowhere.yaml --out out", kBadInput},
      {"\"$Q\" nonsense", kBadInput},
      {"\"$Q\" compare " + card + " " + card, kSuccess},
      {"\"$Q\" import " + card +
           " --out card && sed -i '0,/\"latency_mean\": [0-9.]*/s//"
           "\"latency_mean\": 1e6/' card/results.json && \"$Q\" compare " +
           card + " card",
       kRegression},
      {"sed -i 's/\"latency_mean\": 1e6/&, \"verdict\": {\"trust\": \"not to be trusted\", "
       "\"reasons\": []}/' card/results.json && \"$Q\" compare " +
           card + " card",
       kInconclusive},
      // Not the log of the run before, which says "evaluate" until the shell empties it.
      {run + "--set time_benchmark_args.duration=30 --out interrupted 2>log2 & until grep -q "
             "evaluate "
             "log2; do sleep 0.05; done; kill -TERM $!; wait $!",
       kInterrupted},
  };
  for (const auto& one : cases) {
    const auto result = test::run_script(one.script, scratch.path());
    EXPECT_EQ(result.status, one.status) << one.script << "\n" << result.output << result.errors;
  }
}

}  // namespace
}  // namespace quantbench::cli
