// Every option of `quantbench quantize` has its effect, and unsupported combinations are refused.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>

#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/demo/demo_assets.h"
#include "quantbench/graph/model.h"
#include "support/program.h"

namespace quantbench::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class QuantizeOptions : public ::testing::Test {
 protected:
  void SetUp() override { demo::unpack(scratch()); }
  std::filesystem::path scratch() const { return directory_.path(); }
  std::string quoted(const std::string& name) const {
    return "'" + (scratch() / name).string() + "'";
  }

  test::ProgramResult quantize(const std::string& options) const {
    return test::run_program("quantize " + quoted("model") + " --opset 13 -o " +
                                 quoted("out.onnx") + " --report " + quoted("report.json") + " " +
                                 options,
                             scratch());
  }
  /// Static, on eight sentences of the demo's data.
  test::ProgramResult quantize_static(const std::string& options,
                                      const std::string& padding = "longest") const {
    return quantize("--approach static --dataset " + quoted("data") +
                    " --data-keys primary=sentence --num-calibration-samples 8 "
                    "--calibration-padding " +
                    padding + " " + options);
  }
  Json report() const { return read_json(scratch() / "report.json"); }
  graph::Model model() const { return graph::Model::load(scratch() / "out.onnx"); }

  std::ptrdiff_t count(const std::function<bool(const onnx::NodeProto&)>& matches) const {
    const graph::Model made = model();
    return std::count_if(made.graph().node().begin(), made.graph().node().end(), matches);
  }
  std::ptrdiff_t count(const std::string& op_type) const {
    return count([&](const onnx::NodeProto& node) { return node.op_type() == op_type; });
  }
  /// Element type of the zero points of QuantizeLinear (activations), or of the constants before a
  /// single DequantizeLinear (weights).
  bool has_constant(const std::string& suffix, onnx::TensorProto::DataType type) const {
    const graph::Model made = model();
    return std::any_of(made.initializer_names().begin(), made.initializer_names().end(),
                       [&](const std::string& name) {
                         return name.ends_with(suffix) && made.find_initializer(name)->type == type;
                       });
  }
  bool has_quantized_weight(onnx::TensorProto::DataType type) const {
    return has_constant("_quantized", type);
  }

  void expect_refused(const test::ProgramResult& result, const std::string& message) const {
    EXPECT_EQ(result.status, 2) << result.errors;
    EXPECT_THAT(result.errors,
                AllOf(testing::StartsWith("quantbench: error: "), HasSubstr(message)));
    EXPECT_FALSE(std::filesystem::exists(scratch() / "out.onnx"));
  }

 private:
  TemporaryDirectory directory_;
};

#define EXPECT_QUANTIZED(call)                    \
  do {                                            \
    const auto result = call;                     \
    EXPECT_EQ(result.status, 0) << result.errors; \
  } while (false)

TEST_F(QuantizeOptions, format_is_QDQ_or_QOperator) {
  EXPECT_QUANTIZED(quantize_static("--operators-to-quantize MatMul"));
  EXPECT_GT(count("QuantizeLinear"), 0);
  EXPECT_EQ(count("QLinearMatMul"), 0);
  EXPECT_QUANTIZED(quantize_static("--operators-to-quantize MatMul --format QOperator"));
  EXPECT_GT(count("QLinearMatMul"), 0);
}

TEST_F(QuantizeOptions, types_of_activations_and_weights) {
  EXPECT_QUANTIZED(quantize_static("--operators-to-quantize MatMul"));
  EXPECT_TRUE(has_quantized_weight(onnx::TensorProto::INT8));
  EXPECT_TRUE(has_constant("_zero_point", onnx::TensorProto::UINT8));
  EXPECT_QUANTIZED(quantize_static("--operators-to-quantize MatMul --activation-type int8"));
  EXPECT_FALSE(has_constant("_zero_point", onnx::TensorProto::UINT8));
  EXPECT_QUANTIZED(quantize_static(
      "--operators-to-quantize MatMul --activation-type uint8 --weight-type QUInt8"));
  EXPECT_TRUE(has_quantized_weight(onnx::TensorProto::UINT8));
  EXPECT_FALSE(has_quantized_weight(onnx::TensorProto::INT8));
  EXPECT_FALSE(has_constant("_zero_point", onnx::TensorProto::INT8));
}

TEST_F(QuantizeOptions, symmetric_maps_have_their_zero_point_in_the_middle) {
  const auto any_nonzero = [&] {
    const graph::Model made = model();
    for (const std::string& name : made.initializer_names()) {
      const graph::Initializer& point = *made.find_initializer(name);
      if (!name.ends_with("_zero_point") || point.type != onnx::TensorProto::INT8) continue;
      if (point.values<std::int8_t>()[0] != 0) return true;
    }
    return false;
  };
  EXPECT_QUANTIZED(quantize_static("--activation-type int8"));
  EXPECT_TRUE(any_nonzero());
  EXPECT_QUANTIZED(quantize_static("--activation-type int8 --activation-symmetric"));
  EXPECT_FALSE(any_nonzero());
  EXPECT_QUANTIZED(quantize_static("--activation-symmetric --weight-asymmetric"));
  EXPECT_TRUE(any_nonzero());
}

TEST_F(QuantizeOptions, per_channel_takes_an_axis) {
  const auto channels = [&](std::int64_t axis) {
    return count([&](const onnx::NodeProto& node) {
      return node.op_type() == "DequantizeLinear" &&
             std::any_of(node.attribute().begin(), node.attribute().end(),
                         [&](const auto& a) { return a.name() == "axis" && a.i() == axis; });
    });
  };
  EXPECT_QUANTIZED(quantize_static("--operators-to-quantize MatMul --per-channel"));
  EXPECT_GT(channels(1), 0);
  EXPECT_EQ(channels(0), 0);
  EXPECT_QUANTIZED(
      quantize_static("--operators-to-quantize MatMul --per-channel --per-channel-axis MatMul=0"));
  EXPECT_EQ(channels(1), 0);
  EXPECT_GT(channels(0), 0);
}

TEST_F(QuantizeOptions, reduce_range_leaves_a_bit_unused) {
  EXPECT_QUANTIZED(quantize_static("--operators-to-quantize MatMul --reduce-range"));
  const graph::Model made = model();
  int weights = 0;
  for (const std::string& name : made.initializer_names()) {
    if (!name.ends_with("_quantized")) continue;
    ++weights;
    for (const std::int8_t value : made.find_initializer(name)->values<std::int8_t>()) {
      ASSERT_LE(std::abs(value), 64) << name;
    }
  }
  EXPECT_GT(weights, 0);
}

TEST_F(QuantizeOptions, quantizes_after_the_fusions_of_the_runtime) {
  EXPECT_QUANTIZED(quantize_static("--fuse-first"));
  EXPECT_GT(count([](const onnx::NodeProto& node) { return node.domain() == "com.microsoft"; }), 0);
  EXPECT_GT(report()["quantized"]["MatMul"].get<int>(), 0);
}

TEST_F(QuantizeOptions, prepares_the_graph_when_asked) {
  EXPECT_QUANTIZED(quantize_static("--operators-to-quantize MatMul"));
  EXPECT_GT(count("Constant"), 0);
  EXPECT_QUANTIZED(quantize_static("--operators-to-quantize MatMul --prepare fold_constants"));
  EXPECT_EQ(count("Constant"), 0);
  EXPECT_QUANTIZED(quantize("--prepare all"));
  EXPECT_EQ(count("Constant"), 0);
}

TEST_F(QuantizeOptions, calibration_methods_and_their_parameters) {
  for (const std::string options :
       {"--method percentile --percentile 99.9 --histogram-bins 512",
        "--method entropy --histogram-bins 256 --quantized-bins 64", "--method mse",
        "--method minmax --moving-average --moving-average-constant 0.5", "--symmetric-range"}) {
    EXPECT_QUANTIZED(quantize_static(options));
    EXPECT_EQ(report()["calibration"]["samples"], 8) << options;
  }
  // The tighter percentile clips more.
  const auto clipped = [&] {
    double sum = 0;
    const Json made = report();
    for (const auto& [tensor, share] : made["clipped_fraction"].items()) sum += share.get<double>();
    return sum;
  };
  EXPECT_QUANTIZED(quantize_static("--method percentile --percentile 99.99"));
  const double little = clipped();
  EXPECT_QUANTIZED(quantize_static("--method percentile --percentile 90"));
  EXPECT_GT(clipped(), little);
}

TEST_F(QuantizeOptions, padding_is_counted_or_left_out) {
  EXPECT_QUANTIZED(quantize_static(""));
  EXPECT_EQ(report()["calibration"]["padding"], "counted");
  const auto result = quantize_static("", "masked");
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_EQ(report()["calibration"]["padding"], "left out");
  EXPECT_THAT(result.output, HasSubstr("padding left out of the statistics"));
}

TEST_F(QuantizeOptions, least_token_sqnr_moves_what_mask_padding_leaves_in_float) {
  const auto quantized = [&](const std::string& option) {
    EXPECT_QUANTIZED(quantize_static("--operators-to-quantize Add,MatMul " + option, "masked"));
    return report()["quantized_nodes"].size();
  };
  const auto as_it_is = quantized("");
  EXPECT_EQ(quantized("--least-token-sqnr 20"), as_it_is);
  EXPECT_LT(quantized("--least-token-sqnr 45"), as_it_is);
  EXPECT_EQ(quantized("--least-token-sqnr 200"), 0U);
}

TEST_F(QuantizeOptions, protocol_reference_counts_the_last_of_four_shards) {
  const auto result = quantize_static("--protocol reference");
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_EQ(report()["calibration"]["samples"], 2);
  EXPECT_THAT(result.output, HasSubstr("only the last of 4 shards counts, 2 of 8 samples"));
}

TEST_F(QuantizeOptions, the_report_says_what_became_of_every_node_and_tensor) {
  const auto result = quantize_static(
      "--operators-to-quantize Add,MatMul --node-exclusion 'gelu,layer:0,/nowhere/*' --method "
      "percentile");
  ASSERT_EQ(result.status, 0) << result.errors;
  const Json made = report();
  const int nodes = made["quantized"]["MatMul"].get<int>() + made["quantized"]["Add"].get<int>();
  EXPECT_EQ(made["quantized_nodes"].size(), static_cast<std::size_t>(nodes));
  EXPECT_GT(made["left"]["Softmax"].get<int>(), 0);
  int left = 0;
  for (const Json& node : made["left_nodes"]) {
    EXPECT_THAT(node["reason"].get<std::string>(), testing::StartsWith("excluded by '"));
    left += node["op_type"] == "MatMul";
  }
  EXPECT_EQ(left, made["left"]["MatMul"]);
  // A pair on each activation, a DequantizeLinear behind each constant.
  EXPECT_EQ(made["conversions_inserted"], count("QuantizeLinear") + count("DequantizeLinear"));
  for (const auto& [weight, decibels] : made["weight_sqnr_db"].items()) {
    if (decibels.is_null()) continue;  // nothing was lost
    EXPECT_GT(decibels.get<double>(), 10) << weight;
  }
  EXPECT_GT(made["weight_sqnr_db"].size(), 0U);
  EXPECT_GT(made["clipped_fraction"].size(), 0U);
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("excluded by 'layer:0'"), HasSubstr("conversions inserted"),
                    HasSubstr("calibrated on 8 samples, method percentile"),
                    HasSubstr("signal-to-noise ratio of"), HasSubstr("values clipped in"),
                    HasSubstr("glob '/nowhere/*' matches nothing: no node has such a name")));
}

TEST_F(QuantizeOptions, bad_values_are_refused_with_what_would_be_right) {
  const std::pair<const char*, const char*> cases[] = {
      {"--format QDK", "--format: unknown value 'QDK' (did you mean 'QDQ'?)"},
      {"--activation-type int4", "--activation-type: unknown value 'int4' (did you mean 'int8'?)"},
      {"--weight-type float", "--weight-type: unknown value 'float' (known: int8, uint8, "},
      {"--percentile 99", "--percentile applies to --method percentile, the method is minmax"},
      {"--method percentile --percentile 101",
       "--percentile: the value is 101, expected a number above 0 and at most 100"},
      {"--moving-average-constant 0.1", "applies only with --moving-average"},
      {"--method mse --quantized-bins 9", "--quantized-bins applies to --method entropy"},
      {"--prepare fold_constnts", "did you mean 'fold_constants'?"},
      {"--per-channel --per-channel-axis MatMul", "'MatMul' is not KIND=AXIS"},
      {"--per-channel --per-channel-axis MatMull=1", "did you mean 'MatMul'?"},
      {"--per-channel-axis MatMul=1", "applies only with --per-channel"},
      {"--operators-to-quantize Gellu",
       "--operators-to-quantize: unknown name 'Gellu' (did you mean 'Gelu'?)"},
      {"--operators-with-float-output Softmx", "did you mean 'Softmax'?"},
      {"--node-exclusion layernrom", "did you mean 'layernorm'?"},
      {"--node-exclusion layer:x", "write layer:3 or layer:0-2"},
      {"--task-args is_regresion=true", "did you mean 'is_regression'?"},
      {"--least-token-sqnr 30", "--least-token-sqnr applies only with --mask-padding"},
      {"--mask-padding --least-token-sqnr -1",
       "--least-token-sqnr: the value is -1, expected a number from 0 to 200"},
      {"--method foo", "--method: unknown value 'foo' (known: entropy, minmax, mse, percentile)"},
  };
  for (const auto& [options, message] : cases) expect_refused(quantize_static(options), message);
  expect_refused(
      quantize_static("", "short"),
      "--calibration-padding: unknown value 'short' (known: max_length, longest, masked)");
}

TEST_F(QuantizeOptions, dynamic_quantization_refuses_what_only_static_has) {
  expect_refused(quantize("--format QDQ"), "--format applies to static quantization only");
  expect_refused(quantize("--dataset x"), "--dataset applies to static quantization only");
  expect_refused(quantize("--weight-type uint8"),
                 "--weight-type: dynamic quantization does not take uint8 (one of int8)");
}

TEST_F(QuantizeOptions, a_spec_quantizes_to_the_same_bytes_as_the_flags) {
  write_text(scratch() / "spec.yaml",
             "task: text-classification\nname_or_path: model\n"
             "dataset: {path: data, eval_split: validation, calibration_split: train, "
             "data_keys: {primary: sentence}, ref_keys: [label]}\n"
             "framework_args: {opset: 13}\nquantization_approach: static\n"
             "operators_to_quantize: [Add, MatMul]\nper_channel: true\n"
             "calibration: {method: entropy, num_bins: 256, num_calibration_samples: 8, "
             "calibration_padding: masked, least_token_sqnr: 30}\n"
             "format: [QDQ, QOperator]\nactivation_type: uint8\nweight_type: uint8\n"
             "quantize_bias: false\nprepare: [fold_constants]\n"
             "max_eval_samples: 4\nbatch_sizes: [1]\ninput_lengths: [8]\n"
             "time_benchmark_args: {duration: 0.01, warmup_runs: 1}\n");
  const auto run =
      test::run_program("run " + quoted("spec.yaml") + " --out " + quoted("out") + " --store " +
                            quoted("store.sqlite") + " --cache " + quoted("cache"),
                        scratch());
  ASSERT_EQ(run.status, 0) << run.errors;
  std::vector<std::string> models;
  for (const auto& file : std::filesystem::recursive_directory_iterator(scratch() / "cache")) {
    if (file.path().extension() == ".onnx") models.push_back(read_text(file.path()));
  }
  EXPECT_EQ(models.size(), 3U) << "the export and two quantized models";
  for (const std::string format : {"QDQ", "QOperator"}) {
    EXPECT_QUANTIZED(quantize_static(
        "--operators-to-quantize Add,MatMul --per-channel --method entropy --histogram-bins 256 "
        "--least-token-sqnr 30 --activation-type uint8 --weight-type uint8 --no-quantize-bias "
        "--prepare fold_constants --format " +
            format,
        "masked"));
    EXPECT_THAT(models, testing::Contains(read_text(scratch() / "out.onnx"))) << format;
  }
}

TEST_F(QuantizeOptions, a_preset_stands_for_its_options_and_chooses_the_approach) {
  const std::string samples =
      "--dataset " + quoted("data") + " --data-keys primary=sentence --num-calibration-samples 8 ";
  const auto by_name = quantize(samples + "--preset matmul_inputs");
  ASSERT_EQ(by_name.status, 0) << by_name.errors;
  EXPECT_THAT(
      by_name.output,
      AllOf(HasSubstr("\npreset matmul_inputs: operators_to_quantize MatMul,Gemm, "),
            HasSubstr("quantize_outputs false"), HasSubstr("mask_padding true"),
            HasSubstr("padding left out of the statistics"), testing::Not(HasSubstr("hint: "))));
  EXPECT_EQ(report()["preset"]["name"], "matmul_inputs");
  const std::string bytes = read_text(scratch() / "out.onnx");
  EXPECT_QUANTIZED(quantize_static(
      "--operators-to-quantize MatMul,Gemm --activation-type uint8 --product-activation-type int8 "
      "--product-activation-symmetric --per-channel --no-quantize-outputs --no-quantize-bias "
      "--mask-padding --least-token-sqnr 10"));
  EXPECT_EQ(read_text(scratch() / "out.onnx"), bytes);
  EXPECT_QUANTIZED(quantize(samples + "--preset matmul_inputs --no-per-channel --no-mask-padding"));
  EXPECT_FALSE(report()["preset"]["options"].contains("per_channel"));
  EXPECT_EQ(report()["preset"]["calibration"],
            Json({{"calibration_padding", "longest"}, {"least_token_sqnr", 10}}));
  EXPECT_EQ(report()["calibration"]["padding"], "counted");
  EXPECT_NE(read_text(scratch() / "out.onnx"), bytes);
}

TEST_F(QuantizeOptions, static_quantization_without_a_preset_says_what_it_would_leave_in_float) {
  const auto result = quantize_static("--operators-to-quantize Add,MatMul");
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_THAT(result.output,
              testing::ContainsRegex("hint: --preset matmul_inputs leaves [0-9]+ of the [0-9]+ "
                                     "activations in float that are quantized here\n"));
  EXPECT_GT(report()["advice"][0]["in_float"].get<int>(), 0);
}

TEST_F(QuantizeOptions, a_preset_that_an_approach_does_not_have_is_refused) {
  expect_refused(quantize("--approach dynamic --preset matmul_inputs"),
                 "--preset: dynamic quantization does not take matmul_inputs (one of arm64, "
                 "avx512, avx512_vnni)");
  expect_refused(quantize("--preset avx512_vni"), "did you mean 'avx512_vnni'?");
}

TEST_F(QuantizeOptions, a_kind_that_is_quantized_on_request_may_be_named) {
  EXPECT_QUANTIZED(quantize_static("--operators-to-quantize Erf,Div,MatMul"));
  EXPECT_GT(report()["quantized"]["Div"].get<int>(), 0);
}

TEST_F(QuantizeOptions, a_quantized_model_is_not_quantized_again) {
  for (const char* options : {"", "--approach static"}) {
    ASSERT_EQ(options == std::string() ? quantize("").status : quantize_static("").status, 0);
    const std::string again = "quantize " + quoted("out.onnx") + " -o " + quoted("again.onnx");
    const auto result = test::run_program(again, scratch());
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.errors, AllOf(HasSubstr("already quantized"), HasSubstr("node '")));
    EXPECT_FALSE(std::filesystem::exists(scratch() / "again.onnx"));
  }
}

TEST_F(QuantizeOptions, an_ONNX_file_keeps_its_operator_set) {
  ASSERT_EQ(test::run_program("export " + quoted("model") +
                                  " --task text-classification --opset 13 -o " + quoted("m.onnx"),
                              scratch())
                .status,
            0);
  const auto result = test::run_program(
      "quantize " + quoted("m.onnx") + " --opset 17 -o " + quoted("out.onnx"), scratch());
  expect_refused(result, "--opset: an ONNX file keeps its operator set, which is 13");
}

}  // namespace
}  // namespace quantbench::cli
