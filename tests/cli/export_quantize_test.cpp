// `quantbench export` and `quantbench quantize` on the embedded model.

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/demo/demo_assets.h"
#include "quantbench/graph/model.h"
#include "support/program.h"

namespace quantbench::cli {
namespace {

class ExportAndQuantize : public ::testing::Test {
 protected:
  void SetUp() override { demo::unpack(scratch()); }
  std::filesystem::path scratch() const { return directory_.path(); }
  std::string checkpoint() const { return "'" + (scratch() / "model").string() + "'"; }
  std::string file(const std::string& name) const {
    return "'" + (scratch() / name).string() + "'";
  }
  test::ProgramResult run(const std::string& arguments) const {
    return test::run_program(arguments, scratch());
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(ExportAndQuantize, export_writes_the_operator_set_that_was_asked_for) {
  for (const int opset : {11, 17}) {
    const auto result = run("export " + checkpoint() + " --task text-classification --opset " +
                            std::to_string(opset) + " -o " + file("model.onnx"));
    ASSERT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(graph::Model::load(scratch() / "model.onnx").opset(), opset);
  }
}

TEST_F(ExportAndQuantize, export_refuses_what_it_cannot_write_and_leaves_no_file) {
  for (const char* options : {"--opset 10", "--opset 99", "--task text-clasification"}) {
    const auto result = run("export " + checkpoint() + " " + options + " -o " + file("bad.onnx"));
    EXPECT_EQ(result.status, 2) << options;
    EXPECT_EQ(result.errors.rfind("quantbench: error: ", 0), 0U) << result.errors;
    EXPECT_FALSE(std::filesystem::exists(scratch() / "bad.onnx"));
  }
}

TEST_F(ExportAndQuantize, a_checkpoint_and_its_exported_graph_quantize_to_the_same_bytes) {
  ASSERT_EQ(run("export " + checkpoint() + " --opset 13 -o " + file("model.onnx")).status, 0);
  ASSERT_EQ(run("quantize " + file("model.onnx") + " --per-channel -o " + file("a.onnx")).status,
            0);
  const auto result =
      run("quantize " + checkpoint() + " --opset 13 --per-channel -o " + file("b.onnx"));
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_NE(result.output.find("MatMul"), std::string::npos) << result.output;
  EXPECT_EQ(read_text(scratch() / "a.onnx"), read_text(scratch() / "b.onnx"));
}

TEST_F(ExportAndQuantize, no_weight_stays_in_the_file_that_nothing_reads) {
  ASSERT_EQ(run("quantize " + checkpoint() + " --opset 13 -o " + file("out.onnx")).status, 0);
  const auto model = graph::Model::load(scratch() / "out.onnx");
  std::set<std::string> read;
  for (const auto& node : model.graph().node())
    read.insert(node.input().begin(), node.input().end());
  for (const std::string& name : model.initializer_names())
    EXPECT_TRUE(read.contains(name)) << name;
}

TEST_F(ExportAndQuantize, exclusions_are_honoured_and_named_in_the_report) {
  ASSERT_EQ(run("quantize " + checkpoint() + " --opset 13 --node-exclusion layer:0 --report " +
                file("report.json") + " -o " + file("out.onnx"))
                .status,
            0);
  const Json report = read_json(scratch() / "report.json");
  EXPECT_NE(report.dump().find("excluded by 'layer:0'"), std::string::npos);
  EXPECT_EQ(report["quantized"]["MatMul"], 6);
}

TEST_F(ExportAndQuantize, what_is_not_an_ONNX_model_is_refused_in_one_line) {
  write_text(scratch() / "text.onnx", "this is not a model");
  const auto result = run("quantize " + file("text.onnx") + " -o " + file("out.onnx"));
  EXPECT_EQ(result.status, 2) << result.errors;
  EXPECT_NE(result.errors.find("text.onnx"), std::string::npos) << result.errors;
  EXPECT_FALSE(std::filesystem::exists(scratch() / "out.onnx"));
}

}  // namespace
}  // namespace quantbench::cli
