// Standard output that cannot be written is an error; standard error that cannot be written changes
// nothing. A file never gets the number of a closed stream.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/base/file.h"
#include "quantbench/demo/demo_assets.h"
#include "quantbench/graph/model.h"
#include "support/program.h"

namespace quantbench::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kCard = "'" QUANTBENCH_TEST_DATA "/cards/000_43a37d0915b28517.txt'";
/// The demo's spec with little to measure.
const std::string kSmallRun =
    "run inputs/spec.yaml --set 'operators_to_quantize=[[MatMul]]' --set 'batch_sizes=[1]' --set "
    "max_eval_samples=40 --set 'input_lengths=[16]' --set time_benchmark_args.duration=0.02";

class StandardStreams : public ::testing::Test {
 protected:
  void SetUp() override { demo::unpack(path("inputs")); }
  fs::path path(const std::string& name) const { return directory_.path() / name; }
  test::ProgramResult script(const std::string& text) const {
    return test::run_script(text, directory_.path());
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(StandardStreams, lost_output_ends_with_one_line_and_status_2) {
  for (const std::string& command : std::vector<std::string>{
           "--version", "--help", "run --help", "completion bash", "completion fish", "list",
           "cache", "show " + kCard, "report " + kCard, "report " + kCard + " --format csv",
           "compare " + kCard + " " + kCard, "import " + kCard + " --out imported --overwrite",
           "quantize inputs/model -o q.onnx"}) {
    for (const auto& [where, reason] : {std::pair(">/dev/full", "No space left on device"),
                                        std::pair(">&-", "Bad file descriptor")}) {
      const auto result = script("\"$Q\" " + command + " " + where);
      EXPECT_EQ(result.status, 2) << command << where;
      EXPECT_EQ(result.errors,
                std::string("quantbench: error: standard output: cannot write: ") + reason + "\n")
          << command << where;
    }
  }
  // What is written to files is whole nevertheless.
  EXPECT_NO_THROW(graph::Model::load(path("q.onnx")));
  EXPECT_EQ(read_text(path("imported/README.md")),
            read_text(QUANTBENCH_TEST_DATA "/cards/000_43a37d0915b28517.txt"));
}

TEST_F(StandardStreams, a_reader_that_went_away_changes_no_status_and_hears_nothing) {
  // The FIFO's only reader closes it before the program writes.
  const std::string gone = "mkfifo f; exec 4<>f 5>f; exec 4>&-; ";
  const auto help = script(gone + "\"$Q\" --help >&5");
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.errors, IsEmpty());
  const auto report = script("rm f; " + gone + "\"$Q\" report " + kCard + " >&5");
  EXPECT_EQ(report.status, 0);
  EXPECT_THAT(report.errors, IsEmpty());
}

TEST_F(StandardStreams, a_file_never_gets_the_number_of_a_stream_that_was_closed) {
  const auto result =
      script("\"$Q\" quantize inputs/model -o q.onnx --node-exclusion /nowhere/* 2>&- >&- <&-");
  EXPECT_EQ(result.status, 2);  // its table was lost
  EXPECT_NO_THROW(graph::Model::load(path("q.onnx")));
  const auto error = script("\"$Q\" quantize inputs/model -o q.onnx --weight-type none 2>&-");
  EXPECT_EQ(error.status, 2);
}

TEST_F(StandardStreams, diagnostics_that_cannot_be_written_change_nothing) {
  for (const std::string where : {"2>&-", "2>/dev/full", "2>&5"}) {
    const auto result =
        script("rm -rf out f store.sqlite; mkfifo f; exec 4<>f 5>f; exec 4>&-; \"$Q\" -vv " +
               kSmallRun + " --out out " + where);
    EXPECT_EQ(result.status, 0) << where;
    EXPECT_THAT(result.output, HasSubstr("results.json")) << where;
    EXPECT_TRUE(fs::exists(path("out/README.md"))) << where;
  }
}

TEST_F(StandardStreams, a_terminal_that_closes_ends_a_run_as_a_termination_does) {
  for (const std::string signal : {"HUP", "TERM"}) {
    const auto result = script("rm -rf store.sqlite cache log; \"$Q\" " + kSmallRun +
                               " --set time_benchmark_args.duration=30 --out out-" + signal +
                               " 2>log & until grep -q evaluate log; do sleep 0.05; done; kill -" +
                               signal + " $!; wait $!");
    EXPECT_EQ(result.status, 130) << signal << read_text(path("log"));
    EXPECT_THAT(read_text(path("log")), HasSubstr("the same command continues"));
    const auto list = script("\"$Q\" list");
    EXPECT_THAT(list.output, HasSubstr("cancelled")) << signal;
  }
}

TEST_F(StandardStreams, a_run_under_nohup_outlives_its_terminal) {
  const auto result = script(
      "trap '' HUP; \"$Q\" " + kSmallRun +
      " --out out 2>log & until grep -q '%' log; do sleep 0.05; done; kill -HUP $!; wait $!");
  EXPECT_EQ(result.status, 0) << read_text(path("log"));
}

}  // namespace
}  // namespace quantbench::cli
