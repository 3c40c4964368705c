// replicate through the program: the card of a run of the demo's model, with that model put in.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/demo/demo_assets.h"
#include "support/program.h"

namespace quantbench::cli {
namespace {

using testing::HasSubstr;

class ReplicateCommand : public testing::Test {
 protected:
  test::ProgramResult run(const std::string& arguments) {
    return test::run_program(arguments, directory_.path());
  }
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }

 private:
  TemporaryDirectory directory_;
};

TEST_F(ReplicateCommand, runs_the_grid_of_a_card_and_puts_its_figures_beside_ours) {
  demo::unpack(path("inputs"));
  const auto theirs = run("run '" + path("inputs/spec.yaml") + "' --out '" + path("theirs") +
                          "' --set 'operators_to_quantize=[[MatMul]]' --set 'batch_sizes=[1]' "
                          "--set max_eval_samples=40 "
                          "--set 'input_lengths=[16]' --set time_benchmark_args.duration=0.02");
  ASSERT_EQ(theirs.status, 0) << theirs.errors;

  const auto ours = run("replicate '" + path("theirs/README.md") + "' --out '" + path("ours") +
                        "' --set 'name_or_path=" + path("inputs/model") +
                        "' --set 'dataset.path=" + path("inputs/data") + "'");
  ASSERT_EQ(ours.status, 0) << ours.errors;
  EXPECT_THAT(ours.output, HasSubstr("2 of 2 metric changes agree within noise"));
  EXPECT_EQ(read_text(path("ours/replication.md")).find("# Replication\n"), 0U);
  EXPECT_THAT(ours.output, HasSubstr("name_or_path: theirs model, ours " + path("inputs/model")));

  const Json found = read_json(path("ours/replication.json"));
  ASSERT_EQ(found["speedups"].size(), 2U);
  ASSERT_EQ(found["metric_changes"].size(), 2U);
  for (const Json& change : found["metric_changes"]) EXPECT_EQ(change["verdict"], "agrees");
  for (const Json& speedup : found["speedups"]) {
    EXPECT_GT(speedup["our_speedup"], 0);
    // A busy machine may not reach the four forwards that an interval needs.
    if (speedup["interval_95"].is_null()) {
      EXPECT_EQ(speedup["verdict"], "unknown");
    } else {
      EXPECT_LT(speedup["interval_95"][0], speedup["interval_95"][1]);
    }
  }
}

TEST_F(ReplicateCommand, refuses_a_card_it_cannot_read_and_a_model_it_has_not_before_it_measures) {
  write_text(path("card.md"), "---\npipeline_tag: text-classification\nnonsense\n");
  const auto unreadable = run("replicate '" + path("card.md") + "' --out '" + path("out") + "'");
  EXPECT_EQ(unreadable.status, 2);
  EXPECT_THAT(unreadable.errors, HasSubstr("card.md:"));
  EXPECT_FALSE(std::filesystem::exists(path("out")));

  const std::string card = QUANTBENCH_TEST_DATA "/cards/000_43a37d0915b28517.txt";
  const auto missing =
      run("replicate '" + card + "' --out '" + path("out") +
          "' --set name_or_path=" + path("nowhere") + " --set dataset.path=" + path("nowhere"));
  EXPECT_EQ(missing.status, 2);
  EXPECT_THAT(missing.errors, HasSubstr("nowhere"));
}

}  // namespace
}  // namespace quantbench::cli
