// Models and data sets by their Hub names through the whole program, with the loopback Hub.
#include <gmock/gmock.h>

#include <algorithm>

#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/demo/demo_assets.h"
#include "support/loopback_hub.h"
#include "support/program.h"

namespace quantbench::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kToken = "hf_do_not_print_me";

/// The built-in model and data, served as "acme/demo" and "demo-data".
class HubCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    demo::unpack(inputs());
    model_commit_ = serve("models", "acme/demo", inputs() / "model");
    data_commit_ = serve("datasets", "acme/demo-data", inputs() / "data");
    server_.rename("datasets", "demo-data", "acme/demo-data");
    server_.token = kToken;
    // The spec is in another directory than model and data.
    std::filesystem::create_directories(scratch_.path() / "specs");
    std::filesystem::copy_file(inputs() / "spec.yaml", spec());
  }

  std::string serve(const std::string& kind, const std::string& name,
                    const std::filesystem::path& directory) {
    test::LoopbackHub::Commit& commit = server_.add(kind, name);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
      if (!entry.is_regular_file()) continue;
      const std::string file = entry.path().lexically_relative(directory).string();
      commit.files[file] = read_text(entry.path());
      if (file.ends_with(".safetensors")) commit.large.insert(file);
    }
    return commit.hash;
  }

  std::filesystem::path inputs() const { return scratch_.path() / "inputs"; }
  std::filesystem::path spec() const { return scratch_.path() / "specs" / "spec.yaml"; }

  std::string environment() const {
    return "no_proxy=127.0.0.1 HF_ENDPOINT='" + server_.url() + "' HF_TOKEN=" + kToken;
  }

  test::ProgramResult run(const std::string& arguments, const std::string& environment) {
    return test::run_program(arguments, scratch_.path(), environment);
  }

  /// The demo's spec with the Hub's model and data, as short as possible.
  std::string run_arguments(const std::string& out, const std::string& more = "") const {
    return "run '" + spec().string() + "' --out '" + (scratch_.path() / out).string() +
           "' --set name_or_path=acme/demo --set dataset.path=demo-data --set max_eval_samples=4"
           " --set time_benchmark_args='{duration: 0.001, warmup_runs: 0}' --set batch_sizes=[1]"
           " --set input_lengths=[8] --set apply_quantization=[false]"
           " --set operators_to_quantize=[Add] --set per_channel=false " +
           more;
  }

  TemporaryDirectory scratch_;
  test::LoopbackHub server_;
  std::string model_commit_;
  std::string data_commit_;
};

TEST_F(HubCommand, run_fetches_model_and_data_and_records_their_commits) {
  const auto result = run(run_arguments("out"), environment());
  ASSERT_EQ(result.status, 0) << result.errors;
  const Json results = read_json(scratch_.path() / "out" / "results.json");
  EXPECT_EQ(results.at("sources").at("model"), (Json{{"name", "acme/demo"},
                                                     {"id", "acme/demo"},
                                                     {"revision", "main"},
                                                     {"commit", model_commit_}}));
  EXPECT_EQ(results.at("sources").at("dataset"), (Json{{"name", "demo-data"},
                                                       {"id", "acme/demo-data"},
                                                       {"revision", "main"},
                                                       {"commit", data_commit_}}));
  const std::string card = read_text(scratch_.path() / "out" / "README.md");
  EXPECT_THAT(card,
              AllOf(HasSubstr("acme/demo"), HasSubstr("demo-data"), Not(HasSubstr("snapshots"))));
  EXPECT_THAT(result.errors, Not(HasSubstr("download"))) << "no bar where there is no terminal";

  for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch_.path())) {
    if (!entry.is_regular_file()) continue;
    EXPECT_EQ(read_text(entry.path()).find(kToken), std::string::npos) << entry.path();
  }

  server_.hub().forget_requests();
  const auto again = run(run_arguments("again"), environment() + " HF_HUB_OFFLINE=1");
  EXPECT_EQ(again.status, 0) << again.errors;
  EXPECT_TRUE(server_.hub().requests().empty());
}

TEST_F(HubCommand, revision_is_a_key_of_model_and_data_set) {
  test::LoopbackHub::Commit& old = server_.add("models", "acme/demo", "v1");
  old.files = {{"config.json", "{}"}};
  const auto result = run(run_arguments("out", "--set revision=v1"), environment());
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.errors, HasSubstr("model 'acme/demo' has no weights"));
  const auto missing = run(run_arguments("out", "--set dataset.revision=v9"), environment());
  EXPECT_EQ(missing.status, 2);
  EXPECT_THAT(missing.errors, HasSubstr("dataset.path: data set 'demo-data' has no revision 'v9'"));
}

TEST_F(HubCommand, a_local_directory_wins) {
  const auto result = test::run_program(
      run_arguments("out", "--set name_or_path='" + (inputs() / "model").string() +
                               "' --set dataset.path='" + (inputs() / "data").string() + "'"),
      scratch_.path(), environment());
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_TRUE(server_.hub().requests().empty());
  EXPECT_TRUE(read_json(scratch_.path() / "out" / "results.json").at("sources").empty());
  const auto revision = run(run_arguments("other", "--set revision=v1 --set name_or_path='" +
                                                       (inputs() / "model").string() + "'"),
                            environment());
  EXPECT_EQ(revision.status, 2);
  EXPECT_THAT(revision.errors, AllOf(HasSubstr("revision: "),
                                     HasSubstr("is a local directory; it has no revision 'v1' "
                                               "(revision applies to a model of the Hub)")));
}

TEST_F(HubCommand, refusals_are_one_line) {
  const auto result = run(run_arguments("out", "--set name_or_path=acme/demmo"), environment());
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
  EXPECT_THAT(result.errors,
              AllOf(HasSubstr("quantbench: error: name_or_path: no model 'acme/demmo' on "),
                    HasSubstr("did you mean a local directory?")));
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "out" / "README.md"));
}

TEST_F(HubCommand, export_and_quantize_take_names) {
  const std::string onnx = (scratch_.path() / "demo.onnx").string();
  const auto exported = run("export acme/demo -o '" + onnx + "'", environment());
  EXPECT_EQ(exported.status, 0) << exported.errors;
  EXPECT_TRUE(std::filesystem::exists(onnx));
  const auto quantized = run("quantize acme/demo --revision main -o '" + onnx +
                                 "' --approach static --dataset demo-data --calibration-split "
                                 "validation --data-keys primary=sentence "
                                 "--num-calibration-samples 4 --calibration-padding longest",
                             environment());
  EXPECT_EQ(quantized.status, 0) << quantized.errors;
}

}  // namespace
}  // namespace quantbench::cli
