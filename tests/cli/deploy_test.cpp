// `quantbench deploy` and `run --deploy-best`, through the program, on the demo's model.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

#include "quantbench/base/file.h"
#include "quantbench/base/hash.h"
#include "quantbench/base/json.h"
#include "quantbench/base/text.h"
#include "quantbench/demo/demo_assets.h"
#include "support/program.h"

namespace quantbench::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* kFew =
    " --set max_eval_samples=8 --set batch_sizes=[1] --set input_lengths=[16] --set "
    "'time_benchmark_args={duration: 0.02, warmup_runs: 1, starts: 1}' --set "
    "'operators_to_quantize=[[MatMul]]' --set 'per_channel=[false, true]'";

/// One run of two quantized rows and the original, for all tests; a test has an output directory of
/// its own.
class Deploy : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = std::make_unique<TemporaryDirectory>();
    demo::unpack(inputs());
    const auto result = run("run '" + (inputs() / "spec.yaml").string() + "'" + kFew + " --out '" +
                            (scratch_->path() / "run").string() + "' --deploy-best '" +
                            (scratch_->path() / "best").string() + "'");
    ASSERT_EQ(result.status, 0) << result.errors;
  }
  static void TearDownTestSuite() { scratch_.reset(); }

  static test::ProgramResult run(const std::string& arguments) {
    return test::run_program(arguments, scratch_->path());
  }
  static fs::path inputs() { return scratch_->path() / "inputs"; }
  static Json results() { return read_json(scratch_->path() / "run" / "results.json"); }

  fs::path out() const { return own_.path() / "out"; }

  test::ProgramResult deploy(const std::string& row, const std::string& more = {},
                             const std::string& of = {}) const {
    return run("deploy '" + (of.empty() ? (scratch_->path() / "run").string() : of) + "' '" + row +
               "' --out '" + out().string() + "' " + more);
  }

  /// Expects one line with all `parts`, and no file.
  static void expect_refused(const test::ProgramResult& result,
                             const std::vector<std::string>& parts) {
    EXPECT_EQ(result.status, 2) << result.errors;
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
    EXPECT_THAT(result.errors, StartsWith("quantbench: error: "));
    for (const std::string& part : parts) EXPECT_THAT(result.errors, HasSubstr(part));
    EXPECT_THAT(result.output, IsEmpty());
  }

  /// Files and links, relative, sorted.
  static std::vector<std::string> files_in(const fs::path& directory) {
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      if (entry.is_directory()) continue;
      files.push_back(entry.path().lexically_relative(directory).string());
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  void expect_sums_to_hold() const {
    const auto checked = test::run_script(
        "cd '" + out().string() + "' && sha256sum --strict -c SHA256SUMS", own_.path());
    EXPECT_EQ(checked.status, 0) << checked.output << checked.errors;
    const auto lines = std::count(checked.output.begin(), checked.output.end(), '\n');
    EXPECT_EQ(static_cast<std::size_t>(lines), files_in(out()).size() - 1)
        << "a file without a sum";
  }

  static std::unique_ptr<TemporaryDirectory> scratch_;
  TemporaryDirectory own_;
};

std::unique_ptr<TemporaryDirectory> Deploy::scratch_;

const std::vector<std::string> kQuantizedFiles = {"CARD.md",        "README.md",
                                                  "SHA256SUMS",     "config.json",
                                                  "model.onnx",     "onnx/model_quantized.onnx",
                                                  "tokenizer.json", "tokenizer_config.json",
                                                  "vocab.txt"};

TEST_F(Deploy, writes_the_measured_model_with_all_that_a_program_needs_to_load_it) {
  const auto result = deploy("per_channel");
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_THAT(result.output, StartsWith("wrote  " + out().string() + ": model.onnx"));
  EXPECT_THAT(result.output, HasSubstr("\nload   from optimum.onnxruntime import ORTModelFor"));
  EXPECT_THAT(result.output, HasSubstr(".from_pretrained('" + out().string() + "')"));
  EXPECT_EQ(files_in(out()), kQuantizedFiles);
  expect_sums_to_hold();
  EXPECT_EQ(fs::read_symlink(out() / "onnx" / "model_quantized.onnx"), "../model.onnx");

  Json config = read_json(out() / "config.json");
  EXPECT_EQ(config.at("transformers.js_config"), (Json{{"dtype", "q8"}}));
  config.erase("transformers.js_config");
  EXPECT_EQ(config, read_json(inputs() / "model" / "config.json"));
  for (const char* name : {"tokenizer.json", "tokenizer_config.json", "vocab.txt"}) {
    EXPECT_EQ(sha256_file(out() / name), sha256_file(inputs() / "model" / name)) << name;
  }
  EXPECT_EQ(read_text(out() / "CARD.md"), read_text(scratch_->path() / "run" / "README.md"));

  const std::string readme = read_text(out() / "README.md");
  EXPECT_THAT(readme, AllOf(StartsWith("---\npipeline_tag: "), HasSubstr("row `per_channel`"),
                            HasSubstr("accuracy"), HasSubstr("times as fast"),
                            HasSubstr("ORTModelForSequenceClassification.from_pretrained(\".\")"),
                            HasSubstr("level 99 (all), the default of every program")));
}

TEST_F(Deploy, takes_a_row_by_its_place_in_the_table_and_the_original_by_its_name) {
  const auto result = deploy("original");
  ASSERT_EQ(result.status, 0) << result.errors;
  std::vector<std::string> files = kQuantizedFiles;
  std::erase(files, "onnx/model_quantized.onnx");
  EXPECT_EQ(files_in(out()), files);
  EXPECT_EQ(read_json(out() / "config.json").at("transformers.js_config").at("dtype"), "fp32");
  expect_sums_to_hold();

  const std::string table = run("show '" + (scratch_->path() / "run").string() + "'").output;
  std::size_t place = 0;  // of the original, below the rule that ends the header
  for (const std::string& line : split(table.substr(table.find("\n---") + 1), '\n')) {
    if (line.find("  original") != std::string::npos) break;
    ++place;
  }
  const std::string model = sha256_file(out() / "model.onnx");
  fs::remove_all(out());
  ASSERT_EQ(deploy(std::to_string(place)).status, 0) << table;
  EXPECT_EQ(sha256_file(out() / "model.onnx"), model);
}

TEST_F(Deploy, writes_the_layout_of_transformers_js_without_a_link) {
  const auto result = deploy("per_channel", "--layout transformers.js");
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_FALSE(fs::exists(out() / "model.onnx"));
  EXPECT_FALSE(fs::is_symlink(out() / "onnx" / "model_quantized.onnx"));
  EXPECT_TRUE(fs::is_regular_file(out() / "onnx" / "model_quantized.onnx"));
  expect_sums_to_hold();
}

TEST_F(Deploy, takes_a_run_of_the_store_and_makes_a_removed_model_again) {
  ASSERT_EQ(deploy("per_channel").status, 0);
  const std::string model = sha256_file(out() / "model.onnx");
  fs::remove_all(out());
  const std::string set = "--set name_or_path='" + (inputs() / "model").string() + "'";
  const std::string fresh = " --cache '" + (own_.path() / "empty").string() + "'";
  const auto result = deploy("per_channel", set + fresh, results().at("run_id"));
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("quantize"));
  EXPECT_EQ(sha256_file(out() / "model.onnx"), model);
}

TEST_F(Deploy, says_how_to_find_a_model_that_is_not_where_the_spec_says) {
  expect_refused(deploy("per_channel", "", results().at("run_id")),
                 {"name_or_path: model", "--set name_or_path=DIRECTORY"});
  EXPECT_FALSE(fs::exists(out()));
}

TEST_F(Deploy, refuses_a_model_that_is_not_the_one_that_was_measured) {
  const fs::path changed = own_.path() / "changed";
  fs::copy(inputs() / "model", changed);
  std::string weights = read_text(changed / "model.safetensors");
  weights.back() ^= 1;
  write_text(changed / "model.safetensors", weights);
  const auto result = deploy("per_channel", "--set name_or_path='" + changed.string() + "'");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.errors, AllOf(HasSubstr("row 'per_channel'"), HasSubstr("instead of"),
                                   HasSubstr("run the benchmark again")));
  EXPECT_FALSE(fs::exists(out()));
}

TEST_F(Deploy, replaces_a_directory_only_when_told_and_leaves_no_second_model) {
  ASSERT_EQ(deploy("original").status, 0);
  write_text(out() / "notes.txt", "mine");
  expect_refused(deploy("per_channel"), {"the directory is not empty", "--overwrite"});
  const auto replaced = deploy("per_channel", "--overwrite");
  ASSERT_EQ(replaced.status, 0) << replaced.errors;
  EXPECT_EQ(read_text(out() / "notes.txt"), "mine");
  EXPECT_EQ(read_json(out() / "config.json").at("transformers.js_config").at("dtype"), "q8");

  const std::string sums = read_text(out() / "SHA256SUMS");
  expect_refused(deploy("per_channel", "--overwrite --layout transformers.js"),
                 {"model.onnx", "another ONNX file"});
  EXPECT_EQ(read_text(out() / "SHA256SUMS"), sums);
}

TEST_F(Deploy, refuses_rows_without_a_model) {
  expect_refused(deploy("nothing"), {"ROW nothing", "1 '"});
  Json edited = results();
  edited["run_id"] = "edited";
  for (Json& row : edited["rows"]) {
    if (row["quantized"].get<bool>()) continue;
    row["model_hash"] = "";
    row["parameters"]["framework"] = "pytorch";
  }
  write_text(own_.path() / "edited" / "results.json", edited.dump());
  const std::string run = (own_.path() / "edited").string();
  expect_refused(deploy("original", "", run), {"'original'", "runs the checkpoint itself"});
  for (Json& row : edited["rows"]) {
    row["parameters"].erase("framework");
    row["status"] = "failed";
    row["message"] = "out of memory";
  }
  write_text(own_.path() / "edited" / "results.json", edited.dump());
  expect_refused(deploy("original", "", run), {"it is failed: out of memory"});
  const std::string card = QUANTBENCH_TEST_DATA "/cards/000_43a37d0915b28517.txt";
  expect_refused(deploy("1", "", card), {"does not say which model", "run the benchmark again"});
  EXPECT_FALSE(fs::exists(out()));
}

TEST_F(Deploy, does_not_write_over_the_checkpoint_or_the_run) {
  const auto result = run("deploy '" + (scratch_->path() / "run").string() +
                          "' original --overwrite --out '" + (inputs() / "model").string() + "'");
  expect_refused(result, {"config.json"});
  const std::string measured = (scratch_->path() / "run").string();
  expect_refused(run("deploy '" + measured + "' original --overwrite --out '" + measured + "'"),
                 {"README.md", "RUN"});
}

TEST_F(Deploy, refuses_a_place_that_cannot_be_written) {
  expect_refused(
      run("deploy '" + (scratch_->path() / "run").string() + "' original --out /proc/nowhere"),
      {"/proc/nowhere"});
}

TEST_F(Deploy, of_the_best_row_is_that_of_the_answer) {
  const Json answer = results().at("answer");
  ASSERT_TRUE(answer.is_object());
  const fs::path best = scratch_->path() / "best";
  EXPECT_EQ(files_in(best), kQuantizedFiles);
  const Json row = results().at("rows").at(answer.at("row").get<std::size_t>());
  const bool per_channel = row.at("parameters").at("per_channel").get<bool>();
  const std::string readme = read_text(best / "README.md");
  EXPECT_THAT(readme, HasSubstr(per_channel ? "row `per_channel`" : "row `MatMul`"));
}

TEST_F(Deploy, of_the_best_row_is_checked_before_the_run) {
  write_text(out() / "file", "mine");
  const auto result =
      run("run '" + (inputs() / "spec.yaml").string() + "'" + kFew + " --out '" +
          (own_.path() / "run").string() + "' --deploy-best '" + out().string() + "'");
  expect_refused(result, {"--deploy-best " + out().string(), "not empty"});
  EXPECT_FALSE(fs::exists(own_.path() / "run"));
  const std::string both = (own_.path() / "both").string();
  expect_refused(run("run '" + (inputs() / "spec.yaml").string() + "'" + kFew + " --out '" + both +
                     "' --deploy-best '" + both + "'"),
                 {"README.md"});
}

TEST_F(Deploy, says_when_the_run_measured_at_another_optimization_level) {
  const fs::path measured = own_.path() / "level";
  const auto result =
      run("run '" + (inputs() / "spec.yaml").string() + "'" + kFew +
          " --set framework_args.optimization_level=1 --out '" + measured.string() + "'");
  ASSERT_EQ(result.status, 0) << result.errors;
  ASSERT_EQ(deploy("per_channel", "", measured.string()).status, 0);
  EXPECT_THAT(read_text(out() / "README.md"),
              AllOf(HasSubstr("measured at graph optimization level 1."),
                    HasSubstr("--set framework_args.optimization_level=99"),
                    Not(HasSubstr("the default of every program"))));
}

}  // namespace
}  // namespace quantbench::cli
