// Every option of the quantizers and of calibration can be given in a spec and benchmarked.
#include <gtest/gtest.h>

#include <string>

#include "quantbench/base/error.h"
#include "quantbench/spec/declarations.h"
#include "quantbench/spec/grid.h"
#include "quantbench/spec/json_schema.h"
#include "quantbench/spec/spec.h"

namespace quantbench::spec {
namespace {

const std::string kStatic = R"(task: text-classification
name_or_path: models/sst2
dataset: {path: data/sst2, eval_split: validation, calibration_split: train, data_keys: {primary: sentence}, ref_keys: [label]}
quantization_approach: static
calibration: {num_calibration_samples: 8}
)";
const std::string kDynamic = R"(task: text-classification
name_or_path: models/sst2
dataset: {path: data/sst2, eval_split: validation, data_keys: {primary: sentence}, ref_keys: [label]}
)";

std::string refusal(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    parse(text, "s", overrides);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

/// Two values that a key may have.
std::pair<Json, Json> two_values(const Parameter& parameter) {
  switch (parameter.type) {
    case Parameter::Type::kBool:
      return {true, false};
    case Parameter::Type::kString:
      return {parameter.allowed.at(0), parameter.allowed.at(1)};
    case Parameter::Type::kMap:
      return {{{"MatMul", 0}}, {{"MatMul", 1}}};
    default:
      return {Json::array({parameter.known.at(0)}), Json::array({parameter.known.at(1)})};
  }
}

TEST(QuantizationKeys, each_option_of_an_approach_can_be_benchmarked) {
  const Declarations declared = declarations();
  const auto* approach = declared.find_approach("static");
  ASSERT_NE(approach, nullptr);
  int options = 0;
  for (const Parameter& parameter : approach->parameters) {
    const auto [one, other] = two_values(parameter);
    std::string text = kStatic;
    if (parameter.name != "per_channel") text += "per_channel: true\n";
    const Spec spec = parse(text, "s", {parameter.name + "=" + Json::array({one, other}).dump()});
    ASSERT_EQ(spec.cells.size(), 2U) << parameter.name;
    EXPECT_EQ(spec.cells[0].quantization.at(parameter.name), one) << parameter.name;
    EXPECT_EQ(spec.cells[1].quantization.at(parameter.name), other) << parameter.name;
    EXPECT_EQ(spec.cells[1].parameters.at(parameter.name), other) << parameter.name;
    ++options;
  }
  EXPECT_GE(options, 17);
}

TEST(QuantizationKeys, cells_of_an_approach_without_the_option_have_none) {
  const Spec spec =
      parse(kStatic, "s", {"quantization_approach=[dynamic, static]", "format=[QDQ, QOperator]"});
  ASSERT_EQ(spec.cells.size(), 3U);
  EXPECT_TRUE(spec.cells[0].parameters.at("format").is_null());
  EXPECT_FALSE(spec.cells[0].quantization.contains("format"));
  EXPECT_EQ(spec.cells[2].quantization.at("format"), "QOperator");
}

TEST(QuantizationKeys, are_refused_where_no_cell_has_a_use_for_them) {
  EXPECT_EQ(refusal(kDynamic + "format: QDQ\n"),
            "s:4: key 'format' applies to quantization_approach static only");
  EXPECT_EQ(refusal(kStatic + "per_channel_axis: {MatMul: 0}\n"),
            "s:6: key 'per_channel_axis' applies only with per_channel: true");
  EXPECT_EQ(refusal(kDynamic + "weights_dtype: uint8\n"),
            "s:4: key 'weights_dtype' is 'uint8', expected one of int8 (as quantization_approach "
            "dynamic has it)");
  EXPECT_EQ(refusal(kStatic + "operators_with_float_output: [Softmx]\n"),
            "s:6: key 'operators_with_float_output': unknown name 'Softmx' (did you mean "
            "'Softmax'?)");
}

TEST(QuantizationKeys, keep_the_name_that_the_author_uses) {
  const Spec spec = parse(kStatic + "weight_type: [QInt8, uint8]\n", "s");
  EXPECT_EQ(spec.benchmarked.dump(), R"({"weight_type":["int8","uint8"]})");
  EXPECT_EQ(spec.cells.at(1).parameters.dump(), R"({"weight_type":"uint8"})");
  EXPECT_EQ(spec.cells.at(1).quantization.at("weights_dtype"), "uint8");
  EXPECT_EQ(parse(spec.resolved_yaml(), "again").resolved_yaml(), spec.resolved_yaml());
  EXPECT_EQ(refusal(kStatic + "weight_type: int8\nweights_dtype: int8\n"),
            "s:7: both weight_type and weights_dtype are given (they mean the same; keep one)");
}

TEST(QuantizationKeys, have_the_defaults_of_the_approach_and_of_the_protocol) {
  const auto const_b_only = [](const std::string& text, const std::string& protocol) {
    return parse(text, "s", {"protocol=" + protocol})
        .cells.at(0)
        .quantization.at("matmul_const_b_only");
  };
  EXPECT_EQ(const_b_only(kDynamic, "default"), true);
  EXPECT_EQ(const_b_only(kDynamic, "reference"), false);
  EXPECT_EQ(const_b_only(kStatic, "default"), false);
}

TEST(QuantizationKeys, activations_are_uint8_and_as_in_the_cards_under_their_protocol) {
  const auto type = [](const std::string& protocol) {
    return parse(kStatic, "s", {"protocol=" + protocol})
        .cells.at(0)
        .quantization.at("activation_type");
  };
  EXPECT_EQ(type("default"), "uint8");
  EXPECT_EQ(type("reference"), "int8");
}

TEST(QuantizationKeys, a_preset_gives_what_the_spec_does_not) {
  const Spec spec = parse(kStatic + "preset: matmul_inputs\nper_channel: false\n", "s");
  const Cell& cell = spec.cells.at(0);
  EXPECT_EQ(cell.quantization.at("operators_to_quantize"), Json({"MatMul", "Gemm"}));
  EXPECT_EQ(cell.operators_to_quantize, (std::vector<std::string>{"MatMul", "Gemm"}));
  EXPECT_EQ(cell.quantization.at("per_channel"), false);
  EXPECT_EQ(cell.quantization.at("product_activation_type"), "int8");
  EXPECT_FALSE(cell.quantization.contains("per_channel_axis"));
  EXPECT_EQ(*cell.calibration, Json({{"num_calibration_samples", 8},
                                     {"calibration_padding", "longest"},
                                     {"mask_padding", true},
                                     {"least_token_sqnr", 10}}));
  EXPECT_EQ(spec.fixed.at("calibration"), Json({{"num_calibration_samples", 8}}));
  // null is a value that is given: every kind.
  EXPECT_FALSE(parse(kStatic + "preset: matmul_inputs\noperators_to_quantize: null\n", "s")
                   .cells.at(0)
                   .quantization.contains("operators_to_quantize"));
}

TEST(QuantizationKeys, of_a_cell_change_as_in_a_grid) {
  const Spec spec = parse(kStatic + "per_channel: true\nper_channel_axis: {MatMul: 0}\n", "s");
  const Cell& cell = spec.cells.at(0);
  const Json options = {{"per_channel", false},
                        {"node_exclusion", {"softmax"}},
                        {"calibration", {{"mask_padding", true}}}};
  const Cell changed = with_options(cell, options, declarations(), spec.protocol);
  EXPECT_EQ(changed.per_channel, false);
  EXPECT_EQ(changed.quantization.at("per_channel"), false);
  EXPECT_FALSE(changed.quantization.contains("per_channel_axis")) << "it has no meaning now";
  EXPECT_EQ(changed.node_exclusion, (std::vector<std::string>{"softmax"}));
  EXPECT_EQ(*changed.calibration, Json({{"num_calibration_samples", 8}, {"mask_padding", true}}));
  EXPECT_EQ(changed.operators_to_quantize, cell.operators_to_quantize);
  EXPECT_EQ(cell.quantization.at("per_channel"), true) << "the cell itself stays";
}

TEST(QuantizationKeys, losses_are_explained_unless_the_spec_says_no) {
  EXPECT_TRUE(parse(kStatic, "s").explain);
  const Spec off = parse(kStatic + "explain: false\n", "s");
  EXPECT_FALSE(off.explain);
  EXPECT_FALSE(parse(off.resolved_yaml(), "again").explain);
  EXPECT_EQ(parse(kStatic, "s").resolved_yaml().find("explain"), std::string::npos);
}

TEST(QuantizationKeys, a_preset_is_benchmarked_beside_none) {
  const Spec spec = parse(kStatic, "s", {"preset=[null, matmul_inputs]", "protocol=reference"});
  ASSERT_EQ(spec.cells.size(), 2U);
  EXPECT_EQ(spec.cells[0].quantization.at("operators_to_quantize"), Json({"Add", "MatMul"}));
  EXPECT_TRUE(spec.cells[0].parameters.at("preset").is_null());
  EXPECT_EQ(*spec.cells[0].calibration, Json({{"num_calibration_samples", 8}}));
  EXPECT_EQ(spec.cells[1].quantization.at("operators_to_quantize"), Json({"MatMul", "Gemm"}));
  EXPECT_EQ(spec.cells[1].parameters.at("preset"), "matmul_inputs");
  const std::string resolved = spec.resolved_yaml();
  EXPECT_NE(resolved.find("# preset matmul_inputs with quantization_approach static"),
            std::string::npos)
      << resolved;
  EXPECT_NE(resolved.find("\n#   quantize_outputs: false\n"), std::string::npos) << resolved;
  EXPECT_EQ(parse(resolved, "again").resolved_yaml(), resolved);
}

TEST(QuantizationKeys, a_preset_chooses_the_approach_that_takes_it) {
  const std::string text = kStatic.substr(0, kStatic.find("quantization_approach"));
  const std::string calibration = "calibration: {num_calibration_samples: 8}\n";
  const auto approach = [&](const std::string& keys) {
    return parse(text + calibration + keys, "s").cells.at(0).quantization_approach.value();
  };
  EXPECT_EQ(approach("preset: matmul_inputs\n"), "static");
  EXPECT_EQ(approach("preset: avx2\n"), "static");
  EXPECT_EQ(approach("preset: avx512_vnni\n"), "dynamic");
  EXPECT_EQ(refusal(text + "quantization_approach: dynamic\npreset: matmul_inputs\n"),
            "s:5: key 'preset' is 'matmul_inputs', expected one of arm64, avx512, avx512_vnni (as "
            "quantization_approach dynamic has it)");
  EXPECT_EQ(refusal(text + "preset: matmul_inputs\n"),
            "s: key 'quantization_approach' is static, which needs key 'calibration' "
            "(calibration: {method: minmax, num_calibration_samples: 100})");
  EXPECT_EQ(
      refusal(kStatic + "preset: matmul_input\n"),
      "s:6: key 'preset' is 'matmul_input', expected one of arm64, avx512, avx512_vnni, avx2, "
      "matmul_inputs or null (did you mean 'matmul_inputs'?)");
}

TEST(QuantizationKeys, what_needs_another_value_may_find_it_in_the_preset) {
  const std::string masked = "calibration={num_calibration_samples: 8, least_token_sqnr: 0}";
  EXPECT_NE(refusal(kStatic, {masked}), "accepted");
  EXPECT_EQ(refusal(kStatic, {masked, "preset=matmul_inputs"}), "accepted");
  EXPECT_EQ(refusal(kStatic, {"per_channel_axis={MatMul: 0}", "preset=matmul_inputs"}), "accepted");
}

TEST(QuantizationKeys, null_operators_mean_every_kind_and_an_empty_list_none) {
  const Spec spec = parse(kDynamic, "s", {"operators_to_quantize=[null, []]"});
  EXPECT_FALSE(spec.cells.at(0).quantization.contains("operators_to_quantize"));
  EXPECT_EQ(spec.cells.at(1).quantization.at("operators_to_quantize"), Json::array());
}

TEST(CalibrationKeys, reach_every_option_of_the_calibration) {
  for (const std::string value :
       {"method: percentile, calibration_histogram_percentile: 99.9, num_bins: 512",
        "method: entropy, num_bins: 256, num_quantized_bins: 64", "method: mse",
        "calibration_moving_average: true, calibration_moving_average_constant: 0.5",
        "symmetric_range: true", "calibration_padding: masked, least_token_sqnr: 30",
        "mask_padding: true, least_token_sqnr: 30", "collection: all_at_once", "max_length: 64"}) {
    EXPECT_EQ(refusal(kStatic, {"calibration={num_calibration_samples: 8, " + value + "}"}),
              "accepted");
  }
}

TEST(CalibrationKeys, are_refused_where_the_method_does_not_have_them) {
  const auto refused = [](const std::string& value) {
    const std::string text =
        refusal(kStatic, {"calibration={num_calibration_samples: 8, " + value + "}"});
    return text.substr(text.find("key '"));
  };
  EXPECT_EQ(refused("num_bins: 512"),
            "key 'calibration.num_bins' applies to method entropy, mse, percentile only, the "
            "method is minmax");
  EXPECT_EQ(refused("least_token_sqnr: 30"),
            "key 'calibration.least_token_sqnr' applies only with mask_padding: true");
  EXPECT_EQ(refused("colection: each_batch"),
            "key 'calibration.colection' (did you mean 'collection'?)");
}

}  // namespace
}  // namespace quantbench::spec
