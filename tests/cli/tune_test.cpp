// `tune` asks for nothing: what is missing or wrong is said on one line.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/demo/demo_assets.h"
#include "support/program.h"

namespace quantbench::cli {
namespace {

using ::testing::HasSubstr;

/// Two candidates, timed for a moment. Whatever they lose is within the budget, and each is
/// smaller.
const std::string kQuick =
    "--objective size --max-drop 100% --frameworks onnxruntime --shape 1x16 --set "
    "'per_channel=[false, true]' --set 'apply_quantization=[false, true]' --set "
    "time_benchmark_args.duration=0.05 --set time_benchmark_args.starts=1";

class TuneCommand : public ::testing::Test {
 protected:
  TuneCommand() { demo::unpack(scratch_.path() / "in"); }

  std::string in(const std::string& name) const {
    return "'" + (scratch_.path() / "in" / name).string() + "'";
  }
  std::string out() const { return " --out '" + (scratch_.path() / "out").string() + "'"; }

  std::string refusal(const std::string& arguments) const {
    const auto result = test::run_program("tune " + arguments, scratch_.path());
    EXPECT_EQ(result.status, 2) << arguments << "\n" << result.output << result.errors;
    return result.errors;
  }

  TemporaryDirectory scratch_;
};

TEST_F(TuneCommand, says_all_that_is_missing_on_one_line) {
  EXPECT_THAT(refusal(""), HasSubstr("tune: missing MODEL, --dataset DATA, --out DIR (quantbench "
                                     "tune MODEL --dataset DATA --out DIR; "));
  EXPECT_THAT(refusal("some-model --out x"), HasSubstr("tune: missing --dataset DATA ("));
  EXPECT_THAT(refusal("a --dataset b --inputs c --out d"),
              HasSubstr("both --dataset and --inputs are given"));
  const std::string line = refusal("some-model --dataset y");
  EXPECT_THAT(line, HasSubstr("tune: missing --out DIR ("));
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
}

TEST_F(TuneCommand, says_what_is_wrong_before_anything_is_measured) {
  const std::string asked = in("model") + " --dataset " + in("data") + out();
  EXPECT_THAT(refusal(asked + " --split valdation"),
              HasSubstr("--split: no split 'valdation' in "));
  EXPECT_THAT(refusal(asked + " --label lable"), HasSubstr("(did you mean 'label'?)"));
  EXPECT_THAT(refusal(asked + " --metric acuracy"),
              HasSubstr("--metric: unknown metric 'acuracy' (did you mean 'accuracy'?)"));
  EXPECT_THAT(refusal(asked + " --metric mse"),
              HasSubstr("--max-drop: mse has no scale that says how large a loss is small ("));
  EXPECT_THAT(refusal(asked + " --max-drop little"),
              HasSubstr("--max-drop: 'little' is not a valid threshold ("));
  EXPECT_THAT(refusal(asked + " --objective latancy"), HasSubstr("did you mean 'latency'?"));
  EXPECT_THAT(refusal(asked + " --shape 128"), HasSubstr("1x128"));
  EXPECT_THAT(refusal(asked + " --frameworks onxruntime"),
              HasSubstr("did you mean 'onnxruntime'?"));
  EXPECT_THAT(refusal(asked + " --task question-answering"),
              HasSubstr("the model has the head of text-classification"));
  EXPECT_THAT(refusal(asked + " --columns a,b,c"), HasSubstr("3 columns for primary, secondary"));
  EXPECT_THAT(refusal(in("model") + " --dataset nowhere" + out()), HasSubstr("--dataset"));
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "out"));
}

TEST_F(TuneCommand, finds_what_it_needs_and_deploys_the_model) {
  const auto result = test::run_program(
      "tune " + in("model") + " --dataset " + in("data") + " --max-samples 60 " + kQuick + out(),
      scratch_.path());
  ASSERT_EQ(result.status, 0) << result.output << result.errors;
  EXPECT_THAT(result.output, HasSubstr("task text-classification: config.json, architectures\n"));
  EXPECT_THAT(result.output, HasSubstr("max drop 100%: as given\n"));
  for (const char* file : {"results.json", "spec.yaml", "report.html", "model/config.json",
                           "model/README.md", "model/tokenizer.json"}) {
    EXPECT_TRUE(std::filesystem::exists(scratch_.path() / "out" / file)) << file;
  }
  const Json tuning = read_json(scratch_.path() / "out" / "results.json").at("tuning");
  EXPECT_EQ(tuning.at("figure"), "accuracy");
  EXPECT_EQ(tuning.at("max_drop_is_relative"), true);
  // A finished search is not replaced unasked.
  const std::string line = refusal(in("model") + " --dataset " + in("data") + out());
  EXPECT_THAT(line, HasSubstr("/out: the directory is not empty (name another directory, or add "
                              "--overwrite)"));
}

TEST_F(TuneCommand, killed_it_leaves_the_best_model_so_far_and_goes_on) {
  const std::string tune =
      "\"$Q\" tune in/model --dataset in/data --max-samples 60 --out out " + kQuick;
  // Killed as soon as a model lies there: its sums are written last.
  const auto killed = test::run_script(
      tune +
          " > log 2>&1 & for i in $(seq 1200); do "
          "test -e out/model/SHA256SUMS && break; sleep 0.05; done; kill -9 $!; wait $!; "
          "cd out/model && sha256sum --quiet --check SHA256SUMS",
      scratch_.path());
  EXPECT_EQ(killed.status, 0) << killed.output << killed.errors;
  const Json told = read_json(scratch_.path() / "out" / "results.json").at("tuning");
  EXPECT_EQ(told.at("finished"), false);
  EXPECT_THAT(told.at("unfinished_reason").get<std::string>(), HasSubstr("killed"));
  EXPECT_THAT(test::run_script("\"$Q\" list", scratch_.path()).output, HasSubstr("interrupted"));
  const auto again = test::run_script(tune, scratch_.path());
  EXPECT_EQ(again.status, 0) << again.output << again.errors;
  const Json tuning = read_json(scratch_.path() / "out" / "results.json").at("tuning");
  EXPECT_EQ(tuning.at("finished"), true);
}

TEST_F(TuneCommand, samples_without_labels_are_compared_with_the_original) {
  const auto result = test::run_script(
      "(echo text; tail -n +2 in/data/validation.tsv | cut -f1 | tr -d '\",' | head -60) > "
      "texts.csv; \"$Q\" tune in/model --inputs texts.csv --out agreed " +
          kQuick,
      scratch_.path());
  ASSERT_EQ(result.status, 0) << result.output << result.errors;
  EXPECT_THAT(result.output, HasSubstr("agreement with the original says less than accuracy"));
  EXPECT_TRUE(std::filesystem::exists(scratch_.path() / "agreed" / "agreement" / "samples.jsonl"));
  // The original agrees with itself.
  const Json rows = read_json(scratch_.path() / "agreed" / "results.json").at("rows");
  EXPECT_EQ(rows.at(0).at("evaluation").at("accuracy"), 1.0);
}

}  // namespace
}  // namespace quantbench::cli
