// `quantbench inspect`, and the remark of `run` on models that store int8 and compute in float.

#include <gmock/gmock.h>

#include <filesystem>
#include <string>

#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/demo/demo_assets.h"
#include "quantbench/store/result.h"
#include "support/program.h"

namespace quantbench::cli {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class InspectCommand : public testing::Test {
 protected:
  InspectCommand() {
    demo::unpack(scratch());
    EXPECT_EQ(call("export model --opset 13 -o float.onnx").status, 0);
  }
  std::filesystem::path scratch() const { return scratch_.path(); }
  /// In the scratch directory.
  test::ProgramResult call(const std::string& arguments) const {
    return test::run_script("\"$Q\" " + arguments, scratch());
  }
  /// With unsigned activations: x86-64 processors have kernels for all of these.
  void quantize_statically() const {
    const auto made = call(
        "quantize float.onnx -o static.onnx --approach static --dataset data "
        "--data-keys primary=sentence --num-calibration-samples 8 --tokenizer model "
        "--activation-type uint8");
    EXPECT_EQ(made.status, 0) << made.errors;
  }
  Json inspected(const std::string& arguments) const {
    const auto result = call("inspect --json " + arguments);
    EXPECT_EQ(result.status, 0) << result.errors;
    return Json::parse(result.output);
  }
  static Json group(const Json& inspection, const std::string& precision) {
    for (const Json& one : inspection.at("execution").at("by_precision")) {
      if (one.at("precision") == precision) return one;
    }
    return Json{{"operators", 0}, {"products", 0}};
  }

 private:
  TemporaryDirectory scratch_;
};

TEST_F(InspectCommand, says_what_a_float_model_holds_and_runs) {
  const auto result = call("inspect float.onnx");
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_THAT(result.output, AllOf(HasSubstr("opset 13; IR version"), HasSubstr("input_ids"),
                                   HasSubstr("batch x sequence"), HasSubstr("logits"),
                                   HasSubstr("operators at run time"), HasSubstr("float32"),
                                   Not(HasSubstr("warning"))));
}

TEST_F(InspectCommand, a_dynamically_quantized_model_runs_in_int8_at_every_level) {
  ASSERT_EQ(call("quantize float.onnx -o dynamic.onnx").status, 0);
  for (const char* level : {"0", "1", "99"}) {
    const Json inspection = inspected(std::string("dynamic.onnx --optimization-level ") + level);
    EXPECT_GT(group(inspection, "int8").at("products"), 10) << level;
    EXPECT_EQ(inspection.at("execution").at("optimization_level"), std::stoi(level));
    EXPECT_THAT(inspection.at("warnings"), IsEmpty()) << level;
  }
}

TEST_F(InspectCommand, a_static_model_below_level_2_stores_int8_and_computes_in_float) {
  quantize_statically();
  const Json fused = inspected("static.onnx");
  EXPECT_GT(group(fused, "int8").at("products"), 10);
  EXPECT_THAT(fused.at("warnings"), IsEmpty());
  const Json left = inspected("static.onnx --optimization-level 1");
  EXPECT_EQ(group(left, "int8").at("products"), 0);
  EXPECT_THAT(left.at("warnings").at(0).get<std::string>(),
              HasSubstr("stores int8 and computes in float32: all "));
  EXPECT_THAT(call("inspect static.onnx --optimization-level 1").output,
              HasSubstr("warning: stores int8 and computes in float32"));
}

TEST_F(InspectCommand, a_checkpoint_is_exported_first) {
  const Json inspection = inspected("model --opset 13");
  EXPECT_THAT(inspection.at("files"), IsEmpty());
  EXPECT_EQ(inspection.at("contents").at("operators"),
            inspected("float.onnx").at("contents").at("operators"));
}

TEST_F(InspectCommand, compares_two_models) {
  ASSERT_EQ(call("quantize float.onnx -o dynamic.onnx").status, 0);
  EXPECT_THAT(call("inspect --compare float.onnx float.onnx").output, HasSubstr("no difference"));
  const auto result = call("inspect --compare float.onnx dynamic.onnx");
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_THAT(result.output, AllOf(HasSubstr("MatMulInteger"), HasSubstr("executed operator"),
                                   HasSubstr("_quantized")));
  const Json both = inspected("float.onnx dynamic.onnx --compare");
  EXPECT_GT(both.at("differences").size(), 10U);
  EXPECT_EQ(both.at("before").at("model"), "float.onnx");
}

TEST_F(InspectCommand, refuses_what_it_cannot_read_in_one_line) {
  for (const char* arguments :
       {"none.onnx", "data/train.tsv", "float.onnx float.onnx", "float.onnx --compare",
        "float.onnx --optimization-level 3", "float.onnx --framework pytorch"}) {
    const auto result = call(std::string("inspect ") + arguments);
    EXPECT_EQ(result.status, 2) << arguments;
    EXPECT_EQ(result.output, "") << arguments;
    EXPECT_EQ(result.errors.rfind("quantbench: error: ", 0), 0U) << result.errors;
  }
}

TEST_F(InspectCommand, run_remarks_on_rows_that_store_int8_and_compute_in_float) {
  write_text(scratch() / "spec.yaml",
             "name_or_path: model\n"
             "dataset: {path: data, eval_split: validation, calibration_split: train, data_keys: "
             "{primary: sentence}, ref_keys: [label]}\n"
             "quantization_approach: [dynamic, static]\nactivation_type: [int8, uint8]\n"
             "explain: false\n"
             "framework_args: [{opset: 13, optimization_level: 1}, {opset: 13}]\n"
             "calibration: {method: minmax, num_calibration_samples: 8}\n"
             "max_eval_samples: 8\nbatch_sizes: [1]\ninput_lengths: [8]\n"
             "time_benchmark_args: {duration: 0.01, warmup_runs: 1}\n");
  const auto ran = call("run spec.yaml --out out");
  ASSERT_EQ(ran.status, 0) << ran.errors;
  const auto result =
      store::RunResult::from_json(read_json(scratch() / "out/results.json"), "results.json");
  int remarked = 0;
  int unfused = 0;
  for (const store::Row& row : result.rows) {
    const std::string text = row.parameters.dump();
    const auto has = [&](const char* part) { return text.find(part) != std::string::npos; };
    const auto measured = Contains(HasSubstr("stores int8 and computes in float32"));
    const auto by_level = Contains(HasSubstr("optimization_level 1 is below 2"));
    // One of the two: the level says why.
    if (has("static") && has("optimization_level\":1")) {
      ++unfused;
      EXPECT_THAT(row.warnings, AllOf(by_level, Not(measured))) << text;
    } else if (has("static") && has("\"int8\"")) {
      ++remarked;
      EXPECT_THAT(row.warnings, AllOf(measured, Not(by_level))) << text;
    } else {
      EXPECT_THAT(row.warnings, AllOf(Not(measured), Not(by_level))) << text;
    }
  }
  EXPECT_EQ(remarked, 1) << ran.output;
  EXPECT_EQ(unfused, 2) << ran.output;
}

}  // namespace
}  // namespace quantbench::cli
