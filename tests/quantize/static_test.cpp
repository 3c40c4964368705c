#include "quantbench/quantize/static.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "quantbench/base/error.h"
#include "quantbench/graph/edit.h"
#include "support/graph_text.h"

namespace quantbench::quantize {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

void declare(google::protobuf::RepeatedPtrField<onnx::ValueInfoProto>* list,
             const std::string& name) {
  auto& value = *list->Add();
  value.set_name(name);
  value.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
}

/// Nodes as text, input x and output y of float; constants are added by the test.
graph::Model model_of(const std::vector<std::string>& lines, std::int64_t opset = 13) {
  graph::Model model;
  model.require_opset("", opset);
  model.graph() = test::graph_of(lines);
  declare(model.graph().mutable_input(), "x");
  declare(model.graph().mutable_output(), "y");
  return model;
}

graph::Initializer matrix(const std::string& name) {
  return graph::Initializer::make<float>(name, {2, 2}, {1, -2, 3, -4});
}

/// x -> MatMul -> Add -> Relu -> MatMul -> y
graph::Model small(std::int64_t opset = 13) {
  graph::Model model =
      model_of({"a = MatMul(x, w)", "b = Add(a, bias)", "c = Relu(b)", "y = MatMul(c, v)"}, opset);
  model.set_initializer(matrix("w"));
  model.set_initializer(matrix("v"));
  model.set_initializer(graph::Initializer::make<float>("bias", {2}, {0.5F, -0.5F}));
  return model;
}

const Ranges kRanges = {
    {"x", {-1, 1}}, {"a", {-2, 2}}, {"b", {-3, 3}}, {"c", {0, 3}}, {"y", {-9, 9}}};

const onnx::NodeProto* find_node(const graph::Model& model, const std::string& name) {
  for (const auto& node : model.graph().node()) {
    if (node.name() == name) return &node;
  }
  return nullptr;
}

std::string message(graph::Model model, const Ranges& ranges, const StaticOptions& options = {}) {
  try {
    quantize_static(model, ranges, options);
    return "nothing was thrown";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(StaticQuantizer, puts_pairs_on_activations_and_integers_behind_a_dequantize) {
  graph::Model model = small();
  const Report report = quantize_static(model, kRanges, {});
  EXPECT_THAT(report.quantized_nodes, ElementsAre("MatMul_0", "Add_1", "Relu_2", "MatMul_3"));
  EXPECT_THAT(report.left_nodes, IsEmpty());
  EXPECT_EQ(model.find_initializer("w"), nullptr);
  EXPECT_EQ(model.find_initializer("w_quantized")->type, onnx::TensorProto::INT8);
  EXPECT_THAT(find_node(model, "MatMul_0")->input(),
              ElementsAre("x_DequantizeLinear_Output", "w_DequantizeLinear_Output"));
  EXPECT_EQ(find_node(model, "y_DequantizeLinear")->output(0), "y");
  // Pairs on x, a, c and y, and one DequantizeLinear for each of w, v and the bias.
  EXPECT_EQ(report.conversions_inserted, 11);
}

TEST(StaticQuantizer, a_relu_goes_where_its_output_is_quantized_and_its_input_gets_its_range) {
  graph::Model model = small();
  quantize_static(model, kRanges, {});
  EXPECT_EQ(find_node(model, "Relu_2"), nullptr);
  EXPECT_EQ(find_node(model, "Add_1")->output(0), "c");
  EXPECT_EQ(model.find_initializer("c_zero_point")->values<std::int8_t>()[0], -128);
}

TEST(StaticQuantizer, a_relu_stays_under_a_symmetric_map) {
  graph::Model model = small();
  quantize_static(model, kRanges, {.activation_symmetric = true});
  EXPECT_NE(find_node(model, "Relu_2"), nullptr);
}

TEST(StaticQuantizer, a_relu_stays_where_quantization_does_not_do_its_work) {
  const auto stays = [](graph::Model model, const Ranges& ranges, const StaticOptions& options) {
    quantize_static(model, ranges, options);
    return find_node(model, "Relu_2") != nullptr;
  };
  EXPECT_FALSE(stays(small(), kRanges, {}));
  Ranges both_sides = kRanges;
  both_sides["c"] = {-3, 3};  // of a symmetric calibration
  EXPECT_TRUE(stays(small(), both_sides, {}));
  Ranges dead = kRanges;
  dead["c"] = {0, 0};  // all of its samples were negative
  EXPECT_TRUE(stays(small(), dead, {}));
  EXPECT_TRUE(stays(small(), kRanges, {.operators_with_float_output = {"Relu"}}));
  graph::Model captured = small();
  onnx::NodeProto& branch = *captured.graph().add_node();
  branch.set_op_type("If");
  *branch.add_attribute()->mutable_g() = test::graph_of({"z = Neg(c)"});
  EXPECT_TRUE(stays(std::move(captured), kRanges, {}));
}

TEST(StaticQuantizer, a_reader_in_float_of_an_absorbed_relu_gets_a_pair_too) {
  graph::Model model = model_of({"a = MatMul(x, w)", "c = Relu(a)", "p = MatMul(c, w)",
                                 "q = MatMul(c, w)", "r = Sub(c, p)", "y = Add(q, r)"});
  model.set_initializer(matrix("w"));
  const Ranges ranges = {{"x", {-1, 1}}, {"a", {-2, 2}}, {"c", {0, 2}}, {"p", {-2, 2}},
                         {"q", {-2, 2}}, {"r", {-2, 2}}, {"y", {-2, 2}}};
  quantize_static(model, ranges, {.dedicated_qdq_pair = true});
  ASSERT_EQ(find_node(model, "Relu_1"), nullptr);
  EXPECT_EQ(find_node(model, "Sub_4")->input(0), "c_DequantizeLinear_Output");
}

TEST(StaticQuantizer, a_clip_goes_only_if_its_bounds_are_ends_of_the_range) {
  const auto stays = [](float low, float high, Range range, QuantFormat format) {
    graph::Model model = model_of({"a = MatMul(x, w)", "c = Clip(a, low, high)", "y = Relu(c)"});
    model.set_initializer(matrix("w"));
    model.set_initializer(graph::Initializer::scalar("low", low));
    model.set_initializer(graph::Initializer::scalar("high", high));
    quantize_static(model, {{"x", {-1, 1}}, {"a", {-9, 9}}, {"c", range}, {"y", {0, 1}}},
                    {.format = format, .operators_to_quantize = {"MatMul", "Clip"}});
    return find_node(model, "Clip_1") != nullptr;
  };
  for (const QuantFormat format : {QuantFormat::kQdq, QuantFormat::kQOperator}) {
    EXPECT_FALSE(stays(0, 6, {0, 6}, format));
    EXPECT_FALSE(stays(-1, 1, {-1, 1}, format));
    EXPECT_FALSE(stays(-1, 1, {-0.5F, 0.5F}, format));
    EXPECT_TRUE(stays(0.5F, 6, {0.5F, 6}, format));  // eight bits express 0 as well
    EXPECT_TRUE(stays(-6, -0.5F, {-6, -0.5F}, format));
  }
}

TEST(StaticQuantizer, excluded_nodes_stay_and_the_report_says_by_what) {
  graph::Model model = small();
  const Report report = quantize_static(model, kRanges, {.node_exclusion = {"MatMul_3", "gelu"}});
  ASSERT_EQ(report.left_nodes.size(), 1U);
  EXPECT_EQ(report.left_nodes[0].node, "MatMul_3");
  EXPECT_EQ(report.left_nodes[0].reason, "excluded by 'MatMul_3'");
  EXPECT_NE(model.find_initializer("v"), nullptr);
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("pattern 'gelu' matches nothing")));
}

TEST(StaticQuantizer, kinds_nobody_asked_for_are_counted_only) {
  graph::Model model = small();
  const Report report = quantize_static(model, kRanges, {.operators_to_quantize = {"MatMul"}});
  EXPECT_EQ(report.quantized, (std::map<std::string, int>{{"MatMul", 2}}));
  EXPECT_EQ(report.left, (std::map<std::string, int>{{"Add", 1}, {"Relu", 1}}));
  EXPECT_THAT(report.left_nodes, IsEmpty());
}

TEST(StaticQuantizer, plans_exactly_the_ranges_it_asks_for) {
  EXPECT_THAT(tensors_to_calibrate(small(), {}), ElementsAre("x", "a", "b", "c", "y"));
  EXPECT_THAT(tensors_to_calibrate(small(), {.operators_to_quantize = {"MatMul"}}),
              ElementsAre("x", "a", "c", "y"));
}

TEST(StaticQuantizer, an_activation_without_a_range_stays_in_float) {
  for (const QuantFormat format : {QuantFormat::kQdq, QuantFormat::kQOperator}) {
    graph::Model model = small();
    Ranges ranges = kRanges;
    ranges.erase("x");
    const Report report = quantize_static(model, ranges, {.format = format});
    EXPECT_EQ(model.find_initializer("x_scale"), nullptr);
    EXPECT_NE(model.find_initializer("y_scale"), nullptr);
    if (format == QuantFormat::kQdq) {
      EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("'x' stays in float: calibration gave")));
    } else {
      ASSERT_EQ(report.left_nodes.size(), 1U);
      EXPECT_THAT(report.left_nodes[0].reason, HasSubstr("calibration gave no range for"));
    }
  }
}

TEST(StaticQuantizer, every_float_tensor_is_planned_for_operators_one_by_one) {
  graph::Model model = model_of({"a = MatMul(x, w)", "b = Transpose(a)", "y = MatMul(b, w)"});
  model.set_initializer(matrix("w"));
  EXPECT_THAT(tensors_to_calibrate_each(model, {}), ElementsAre("x", "a", "b", "y"));
}

TEST(StaticQuantizer, an_input_of_the_graph_that_is_an_output_too_keeps_its_values) {
  graph::Model model = small();
  declare(model.graph().mutable_output(), "x");
  quantize_static(model, kRanges, {});
  EXPECT_EQ(find_node(model, "x_QuantizeLinear")->input(0), "x");
  EXPECT_EQ(find_node(model, "x_DequantizeLinear")->output(0), "x_DequantizeLinear_Output");
}

TEST(StaticQuantizer, nodes_out_of_order_are_quantized_like_nodes_in_order) {
  for (const QuantFormat format : {QuantFormat::kQdq, QuantFormat::kQOperator}) {
    graph::Model ordered = small();
    graph::Model shuffled = small();
    shuffled.graph().mutable_node()->SwapElements(0, 3);
    quantize_static(ordered, kRanges, {.format = format});
    quantize_static(shuffled, kRanges, {.format = format});
    EXPECT_EQ(test::kinds(shuffled), test::kinds(ordered));
  }
}

TEST(StaticQuantizer, operators_of_other_domains_stay_in_float) {
  graph::Model model = small();
  model.graph().mutable_node(0)->set_domain("someone.else");
  model.proto().add_functions()->set_name("Add");
  const Report report = quantize_static(model, kRanges, {});
  ASSERT_EQ(report.left_nodes.size(), 3U);
  EXPECT_EQ(report.left_nodes[0].reason, "it is an operator of domain 'someone.else'");
  EXPECT_THAT(report.left_nodes[1].reason, HasSubstr("local function"));
}

TEST(StaticQuantizer, what_moves_values_shares_its_input_s_map_and_needs_no_range) {
  graph::Model model = model_of({"a = MatMul(x, w)", "b = Transpose(a)", "y = MatMul(b, w)"});
  model.set_initializer(matrix("w"));
  EXPECT_THAT(tensors_to_calibrate(model, {}), ElementsAre("x", "a", "y"));
  quantize_static(model, {{"x", {-1, 1}}, {"a", {-2, 2}}, {"y", {-3, 3}}}, {});
  EXPECT_EQ(find_node(model, "b_QuantizeLinear")->input(1), "a_scale");
  EXPECT_EQ(model.find_initializer("b_scale"), nullptr);
}

TEST(StaticQuantizer, what_moves_values_stays_behind_an_input_that_is_not_quantized) {
  graph::Model model = model_of({"a = Transpose(x)", "y = Sub(a, x)"});
  const Report report = quantize_static(model, {}, {});
  EXPECT_THAT(test::kinds(model), ElementsAre("Transpose", "Sub"));
  ASSERT_EQ(report.left_nodes.size(), 1U);
  EXPECT_THAT(report.left_nodes[0].reason, HasSubstr("its input is not quantized"));
}

TEST(StaticQuantizer, a_range_upside_down_is_widened_to_zero_like_any_other) {
  graph::Model model = small();
  Ranges ranges = kRanges;
  ranges["a"] = {1e-12F, 0};  // percentile of a tensor of one value
  ranges["y"] = {5, 4.5F};
  quantize_static(model, ranges, {});
  EXPECT_EQ(model.find_initializer("a_scale")->values<float>()[0], 1);
  EXPECT_EQ(model.find_initializer("a_zero_point")->values<std::int8_t>()[0], 0);
  EXPECT_EQ(model.find_initializer("y_scale")->values<float>()[0], static_cast<float>(4.5 / 255));
  EXPECT_EQ(model.find_initializer("y_zero_point")->values<std::int8_t>()[0], -128);
}

TEST(StaticQuantizer, a_softmax_has_the_range_of_probabilities) {
  graph::Model model = model_of({"y = Softmax(x)"});
  quantize_static(model, {{"x", {-5, 5}}, {"y", {0.25F, 0.5F}}}, {});
  EXPECT_FLOAT_EQ(model.find_initializer("y_scale")->values<float>()[0], 1.0F / 255);
}

TEST(StaticQuantizer, a_bias_is_int32_on_the_scale_of_the_products) {
  graph::Model model = model_of({"y = Gemm(x, w, b)"});
  model.set_initializer(matrix("w"));
  model.set_initializer(graph::Initializer::make<float>("b", {2}, {1, -1}));
  quantize_static(model, {{"x", {-1, 1}}, {"y", {-3, 3}}}, {});
  const float scale = model.find_initializer("x_scale")->values<float>()[0] *
                      model.find_initializer("w_scale")->values<float>()[0];
  EXPECT_EQ(model.find_initializer("b_quantized_scale")->values<float>()[0], scale);
  const auto values = model.find_initializer("b_quantized")->values<std::int32_t>();
  const auto expected = static_cast<int>(std::lround(1 / scale));
  EXPECT_THAT(std::vector<int>(values.begin(), values.end()), ElementsAre(expected, -expected));
  EXPECT_EQ(find_node(model, "b_DequantizeLinear")->output(0), "b");
}

TEST(StaticQuantizer, a_gemm_keeps_its_factors) {
  for (const QuantFormat format : {QuantFormat::kQdq, QuantFormat::kQOperator}) {
    graph::Model model = model_of({"y = Gemm(x, w, b)"});
    for (const auto& [name, value] : {std::pair{"alpha", 0.5F}, std::pair{"beta", 2.0F}}) {
      auto& attribute = *model.graph().mutable_node(0)->add_attribute();
      attribute.set_name(name);
      attribute.set_type(onnx::AttributeProto::FLOAT);
      attribute.set_f(value);
    }
    model.set_initializer(matrix("w"));
    model.set_initializer(graph::Initializer::make<float>("b", {2}, {1, -1}));
    quantize_static(model, {{"x", {-1, 1}}, {"y", {-3, 3}}}, {.format = format});
    const bool integers = format == QuantFormat::kQOperator;
    const onnx::NodeProto& node = *find_node(model, integers ? "Gemm_0_quant" : "Gemm_0");
    EXPECT_EQ(graph::float_attribute(node, "alpha", 1), 0.5F);
    EXPECT_EQ(graph::float_attribute(node, "beta", 1), 1);
    const auto scalar = [&](const std::string& name) {
      return model.find_initializer(name)->values<float>()[0];
    };
    const float scale = scalar("x_scale") * scalar("w_scale") * 0.5F;
    if (!integers) {
      EXPECT_EQ(scalar("b_quantized_scale"), scale);
    }
    const auto values = model.find_initializer("b_quantized")->values<std::int32_t>();
    EXPECT_NEAR(static_cast<float>(values[0]) * scale, 2, 2 * scale);  // beta * b
  }
}

TEST(StaticQuantizer, a_bias_beyond_int32_widens_the_scale_of_a_uint8_weight) {
  graph::Model model = model_of({"y = Gemm(x, w, b)"});
  auto& beta = *model.graph().mutable_node(0)->add_attribute();
  beta.set_name("beta");
  beta.set_type(onnx::AttributeProto::FLOAT);
  beta.set_f(2);
  model.set_initializer(graph::Initializer::make<float>("w", {2, 2}, {1e-20F, 0, 0, 1e-20F}));
  model.set_initializer(graph::Initializer::make<float>("b", {2}, {1, -1}));
  const Report report =
      quantize_static(model, {{"x", {-1, 1}}, {"y", {-3, 3}}}, {.weight_type = QuantType::kUInt8});
  EXPECT_EQ(graph::float_attribute(*find_node(model, "Gemm_0"), "beta", 1), 1);
  EXPECT_EQ(model.find_initializer("b"), nullptr);
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("scale of weight 'w' widened")));
  const auto integers = model.find_initializer("b_quantized")->values<std::int32_t>();
  const float scale = model.find_initializer("b_quantized_scale")->values<float>()[0];
  EXPECT_NEAR(static_cast<float>(integers[0]) * scale, 2, 1e-3);
}

TEST(StaticQuantizer, an_average_pool_with_dilations_stays_in_float_on_integers) {
  graph::Model model = model_of({"y = AveragePool(x)"});
  auto& dilations = *model.graph().mutable_node(0)->add_attribute();
  dilations.set_name("dilations");
  dilations.set_type(onnx::AttributeProto::INTS);
  dilations.add_ints(2);
  const Report report =
      quantize_static(model, {{"x", {-1, 1}}, {"y", {-1, 1}}}, {.format = QuantFormat::kQOperator});
  ASSERT_EQ(report.left_nodes.size(), 1U);
  EXPECT_EQ(report.left_nodes[0].reason, "QLinearAveragePool has no dilations");
}

TEST(StaticQuantizer, an_average_pool_with_dilations_has_no_pairs_around_it) {
  // ONNX Runtime would fuse them, in either format, to a QLinearAveragePool with dilations.
  for (const QuantFormat format : {QuantFormat::kQdq, QuantFormat::kQOperator}) {
    graph::Model model = model_of({"a = Add(x, x)", "b = AveragePool(a)", "y = Add(b, b)"});
    auto& dilations = *model.graph().mutable_node(1)->add_attribute();
    dilations.set_name("dilations");
    dilations.set_type(onnx::AttributeProto::INTS);
    dilations.add_ints(2);
    const Ranges ranges{{"x", {-1, 1}}, {"a", {-2, 2}}, {"b", {-2, 2}}, {"y", {-4, 4}}};
    const Report report = quantize_static(model, ranges, {.format = format});
    EXPECT_EQ(report.quantized.at("Add"), format == QuantFormat::kQdq ? 2 : 1);
    EXPECT_EQ(report.quantized.count("AveragePool"), 0U);
    for (const onnx::NodeProto& node : model.graph().node()) {
      if (node.op_type() == "QuantizeLinear") {
        EXPECT_NE(node.input(0), "b");
      }
    }
  }
}

TEST(StaticQuantizer, a_float_bias_beside_channels_is_left_to_the_runtime_from_opset_13_on) {
  // ONNX Runtime quantizes it too, and before operator set 13 its model is invalid.
  for (const std::int64_t opset : {11, 13}) {
    graph::Model model = model_of({"y = Gemm(x, w, b)"}, opset);
    model.set_initializer(graph::Initializer::make<float>("w", {2, 2}, {1, 0.3F, -0.7F, 0.2F}));
    model.set_initializer(graph::Initializer::make<float>("b", {2}, {0.5F, -0.25F}));
    quantize_static(model, {{"x", {-1, 1}}, {"y", {-3, 3}}},
                    {.per_channel = true, .quantize_outputs = false, .quantize_bias = false});
    EXPECT_EQ(model.find_initializer("b") != nullptr, opset == 13) << opset;
  }
}

TEST(StaticQuantizer, constants_by_channel_have_one_scale_where_others_read_them_on_integers) {
  graph::Model model = model_of({"h = MatMul(x, w)", "y = Add(h, w)"});
  model.set_initializer(graph::Initializer::make<float>("w", {2, 2}, {1, 0.3F, -0.7F, 0.2F}));
  quantize_static(model, {{"x", {-1, 1}}, {"h", {-2, 2}}, {"y", {-3, 3}}},
                  {.format = QuantFormat::kQOperator, .per_channel = true});
  const onnx::NodeProto& product = *find_node(model, "MatMul_0_quant");
  const onnx::NodeProto& sum = *find_node(model, "Add_1_quant");
  EXPECT_EQ(model.find_initializer(product.input(4))->element_count(), 2);
  EXPECT_EQ(model.find_initializer(sum.input(4))->element_count(), 1);
}

TEST(StaticQuantizer, tied_weights_by_channel_are_not_read_along_the_wrong_axis) {
  graph::Model model = model_of({"h = Gemm(x, w)", "y = MatMul(h, w)"});
  graph::set_attribute(*model.graph().mutable_node(0), "transB", 1);
  model.set_initializer(graph::Initializer::make<float>("w", {2, 2}, {1, 0.3F, -0.7F, 0.2F}));
  quantize_static(model, {{"x", {-1, 1}}, {"h", {-2, 2}}, {"y", {-3, 3}}},
                  {.format = QuantFormat::kQOperator, .per_channel = true});
  EXPECT_EQ(model.find_initializer(find_node(model, "Gemm_0_quant")->input(4))->element_count(), 2);
  EXPECT_EQ(model.find_initializer(find_node(model, "MatMul_1_quant")->input(4))->element_count(),
            1);
}

TEST(StaticQuantizer, tied_weights_with_channels_along_two_axes_are_quantized_as_a_whole) {
  graph::Model model = model_of({"h = Gemm(x, w)", "y = MatMul(h, w)"});
  graph::set_attribute(*model.graph().mutable_node(0), "transB", 1);
  model.set_initializer(graph::Initializer::make<float>("w", {2, 2}, {1, 0.3F, -0.7F, 0.2F}));
  const Report report = quantize_static(model, {{"x", {-1, 1}}, {"h", {-2, 2}}, {"y", {-3, 3}}},
                                        {.per_channel = true});
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("channels along two axes")));
  EXPECT_TRUE(model.find_initializer("w_scale")->shape.empty());
}

TEST(StaticQuantizer, weights_of_more_than_two_dimensions_have_one_scale_on_integers) {
  for (const bool quantize_outputs : {true, false}) {
    for (const QuantFormat format : {QuantFormat::kQdq, QuantFormat::kQOperator}) {
      graph::Model model = model_of({"y = MatMul(x, w)"});
      model.set_initializer(
          graph::Initializer::make<float>("w", {2, 1, 2}, {1, 0.3F, -0.7F, 0.2F}));
      quantize_static(
          model, {{"x", {-1, 1}}, {"y", {-3, 3}}},
          {.format = format, .per_channel = true, .quantize_outputs = quantize_outputs});
      const bool by_channel = format == QuantFormat::kQdq && quantize_outputs;
      EXPECT_EQ(model.find_initializer("w_scale")->shape.empty(), !by_channel);
    }
  }
}

TEST(StaticQuantizer, a_body_reads_a_constant_as_it_was) {
  graph::Model model = model_of({"h = MatMul(x, w)", "y = If(c)"});
  model.set_initializer(graph::Initializer::make<float>("w", {2, 2}, {1, 0.3F, -0.7F, 0.2F}));
  onnx::AttributeProto& body = *model.graph().mutable_node(1)->add_attribute();
  body.set_name("then_branch");
  body.set_type(onnx::AttributeProto::GRAPH);
  *body.mutable_g() = test::graph_of({"b = MatMul(h, w)"});
  quantize_static(model, {{"x", {-1, 1}}, {"h", {-2, 2}}}, {.format = QuantFormat::kQOperator});
  EXPECT_NE(model.find_initializer("w"), nullptr);
  for (const onnx::NodeProto& node : model.graph().node()) {
    for (const std::string& output : node.output()) EXPECT_NE(output, "w");
  }
}

TEST(StaticQuantizer, channels_before_opset_13_are_dequantized_by_com_microsoft) {
  graph::Model model = small(11);
  quantize_static(model, kRanges, {.per_channel = true});
  EXPECT_EQ(find_node(model, "w_DequantizeLinear")->domain(), "com.microsoft");
  EXPECT_EQ(find_node(model, "x_DequantizeLinear")->domain(), "");
  EXPECT_EQ(model.opset(), 11);
  EXPECT_EQ(model.find_initializer("w_scale")->shape, std::vector<std::int64_t>{2});
}

TEST(StaticQuantizer, a_constant_with_infinities_stays_in_float) {
  graph::Model model = model_of({"y = Add(x, mask)"});
  model.set_initializer(
      graph::Initializer::make<float>("mask", {1}, {-std::numeric_limits<float>::infinity()}));
  const Report report = quantize_static(model, {{"x", {-1, 1}}, {"y", {-1, 1}}}, {});
  EXPECT_NE(model.find_initializer("mask"), nullptr);
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("'mask' has infinite or NaN values")));
}

TEST(StaticQuantizer, the_report_has_the_error_of_each_weight) {
  graph::Model model = small();
  const Report report = quantize_static(model, kRanges, {});
  EXPECT_EQ(report.weight_sqnr_db.count("w"), 1U);
  EXPECT_GT(report.weight_sqnr_db.at("w"), 30);
  const Report copy = Report::from_json(report.to_json());
  EXPECT_EQ(copy.weight_sqnr_db, report.weight_sqnr_db);
}

TEST(StaticQuantizer, writes_operators_on_integers_in_the_qoperator_format) {
  graph::Model model = small();
  const Report report = quantize_static(
      model, kRanges, {.format = QuantFormat::kQOperator, .activation_type = QuantType::kUInt8});
  EXPECT_THAT(test::kinds(model), ElementsAre("QuantizeLinear", "QLinearMatMul", "QLinearAdd",
                                              "QLinearMatMul", "DequantizeLinear"));
  EXPECT_EQ(report.conversions_inserted, 2);
  EXPECT_EQ(report.quantized_count(), 4);
}

TEST(StaticQuantizer, a_float_node_gets_its_input_back_in_the_qoperator_format) {
  graph::Model model = model_of({"a = MatMul(x, w)", "b = Erf(a)", "y = MatMul(b, w)"});
  model.set_initializer(matrix("w"));
  quantize_static(model, {{"x", {-1, 1}}, {"a", {-2, 2}}, {"b", {-1, 1}}, {"y", {-3, 3}}},
                  {.format = QuantFormat::kQOperator, .activation_type = QuantType::kUInt8});
  EXPECT_THAT(test::kinds(model),
              ElementsAre("QuantizeLinear", "QLinearMatMul", "DequantizeLinear", "Erf",
                          "QuantizeLinear", "QLinearMatMul", "DequantizeLinear"));
}

TEST(StaticQuantizer, attention_becomes_qattention_when_asked_for) {
  graph::Model model = model_of({"y = Attention(x, w, b, mask)"});
  model.graph().mutable_node(0)->set_domain("com.microsoft");
  model.set_initializer(matrix("w"));
  model.set_initializer(graph::Initializer::make<float>("b", {2}, {1, -1}));
  const Report report = quantize_static(model, {{"x", {-1, 1}}},
                                        {.format = QuantFormat::kQOperator,
                                         .activation_type = QuantType::kUInt8,
                                         .operators_to_quantize = {"Attention"}});
  EXPECT_EQ(report.quantized_count(), 1);
  EXPECT_THAT(find_node(model, "Attention_0_quant")->input(),
              ElementsAre("x_quantized", "w_quantized", "b", "x_scale", "w_scale", "mask",
                          "x_zero_point", "w_zero_point", ""));
}

/// Queries, keys and values of x, the scores, and the product with the values.
graph::Model attention() {
  graph::Model model =
      model_of({"q = MatMul(x, w)", "k = Add(x, x)", "kt = Transpose(k)", "s = MatMul(q, kt)",
                "p = Softmax(s)", "c = MatMul(p, x)", "y = MatMul(c, v)"});
  model.set_initializer(matrix("w"));
  model.set_initializer(matrix("v"));
  return model;
}

const Ranges kAttentionRanges = {{"x", {-1, 3}}, {"q", {-2, 6}}, {"k", {-2, 6}}, {"kt", {-2, 6}},
                                 {"s", {-9, 9}}, {"p", {0, 1}},  {"c", {-1, 3}}, {"y", {-9, 9}}};

/// The zero point of an activation, with its type.
std::pair<onnx::TensorProto::DataType, int> zero_point(const graph::Model& model,
                                                       const std::string& tensor) {
  const graph::Initializer* point = model.find_initializer(tensor + "_zero_point");
  if (point == nullptr) return {onnx::TensorProto::UNDEFINED, 0};
  const bool is_signed = point->type == onnx::TensorProto::INT8;
  return {static_cast<onnx::TensorProto::DataType>(point->type),
          is_signed ? point->values<std::int8_t>()[0] : point->values<std::uint8_t>()[0]};
}

TEST(StaticQuantizer, constant_b_only_leaves_products_of_two_activations_in_float) {
  for (const QuantFormat format : {QuantFormat::kQdq, QuantFormat::kQOperator}) {
    graph::Model model = attention();
    const Report report = quantize_static(
        model, kAttentionRanges,
        {.format = format, .operators_to_quantize = {"MatMul"}, .matmul_const_b_only = true});
    EXPECT_THAT(report.quantized_nodes, ElementsAre("MatMul_0", "MatMul_6"));
    ASSERT_EQ(report.left_nodes.size(), 2U);
    EXPECT_EQ(report.left_nodes[0].node, "MatMul_3");
    EXPECT_EQ(report.left_nodes[0].reason, "both inputs are activations");
  }
  EXPECT_THAT(tensors_to_calibrate(
                  attention(), {.operators_to_quantize = {"MatMul"}, .matmul_const_b_only = true}),
              ElementsAre("x", "q", "c", "y"));
}

TEST(StaticQuantizer, constant_b_only_asks_for_b_whatever_a_is) {
  graph::Model model = model_of({"y = MatMul(w, x)"});
  model.set_initializer(matrix("w"));
  const Report report = quantize_static(model, kRanges, {.matmul_const_b_only = true});
  EXPECT_EQ(report.quantized_count(), 0);
  EXPECT_EQ(report.left_nodes.at(0).reason, "its B is not a constant");
}

TEST(StaticQuantizer, inputs_of_products_of_two_activations_have_a_type_of_their_own) {
  graph::Model model = attention();
  quantize_static(model, kAttentionRanges,
                  {.activation_type = QuantType::kUInt8,
                   .product_activation_type = QuantType::kInt8,
                   .product_activation_symmetric = true,
                   .operators_to_quantize = {"MatMul"},
                   .quantize_outputs = false});
  const std::pair s8(onnx::TensorProto::INT8, 0);
  EXPECT_EQ(zero_point(model, "q"), s8);
  EXPECT_EQ(zero_point(model, "kt"), s8);
  EXPECT_EQ(zero_point(model, "p"), s8);
  EXPECT_FLOAT_EQ(model.find_initializer("kt_scale")->values<float>()[0], 6.0F / 127);
  // x is read by a product with a weight too, so it has one pair of the usual type.
  EXPECT_EQ(zero_point(model, "x"), std::pair(onnx::TensorProto::UINT8, 64));
  EXPECT_EQ(zero_point(model, "c").first, onnx::TensorProto::UINT8);
}

TEST(StaticQuantizer, an_output_of_a_quantized_operator_is_no_input_of_products_alone) {
  graph::Model model = attention();
  quantize_static(model, kAttentionRanges,
                  {.activation_type = QuantType::kUInt8,
                   .product_activation_type = QuantType::kInt8,
                   .operators_to_quantize = {"MatMul"}});
  EXPECT_EQ(zero_point(model, "q").first, onnx::TensorProto::UINT8);
  EXPECT_EQ(zero_point(model, "kt").first, onnx::TensorProto::INT8);
}

TEST(StaticQuantizer, outputs_may_stay_in_float) {
  const StaticOptions options = {.operators_to_quantize = {"MatMul", "Add", "Relu", "Transpose"},
                                 .quantize_outputs = false};
  graph::Model model = small();
  const Report report = quantize_static(model, kRanges, options);
  // Pairs on x, a and c, and a DequantizeLinear for each of w, v and the bias.
  EXPECT_EQ(report.conversions_inserted, 9);
  EXPECT_NE(find_node(model, "Relu_2"), nullptr);
  EXPECT_EQ(find_node(model, "MatMul_3")->output(0), "y");
  EXPECT_THAT(report.quantized_nodes, ElementsAre("MatMul_0", "Add_1", "MatMul_3"));
  graph::Model moving = attention();
  const Report moved = quantize_static(moving, kAttentionRanges, options);
  EXPECT_THAT(tensors_to_calibrate(attention(), options), ElementsAre("x", "q", "kt", "p", "c"));
  ASSERT_EQ(moved.left_nodes.size(), 1U);
  EXPECT_EQ(moved.left_nodes[0].reason, "it only moves values, and its input is not quantized");
}

TEST(StaticQuantizer, refuses_what_it_cannot_do_in_one_line) {
  EXPECT_THAT(message(small(), kRanges, {.operators_to_quantize = {"MatMull"}}),
              HasSubstr("operators_to_quantize: unknown operator kind 'MatMull' (did you mean "
                        "'MatMul'?)"));
  EXPECT_THAT(message(small(9), kRanges), HasSubstr("operator set 9 has no QuantizeLinear"));
  Ranges endless = kRanges;
  endless["a"] = {-1, std::numeric_limits<float>::infinity()};
  EXPECT_THAT(message(small(), endless), HasSubstr("tensor 'a': the calibrated range [-1, inf]"));
  graph::Model quantized = small();
  quantize_static(quantized, kRanges, {});
  EXPECT_THAT(message(std::move(quantized), kRanges), HasSubstr("already quantized: "));
}

TEST(StaticQuantizer, a_tensor_made_twice_and_a_weight_that_is_missing_stay_in_float) {
  graph::Model model =
      model_of({"a = MatMul(x, w)", "a = Add(x, x)", "y = Gemm(a, , b)", "w = Mul(x, x)"});
  model.set_initializer(matrix("w"));
  model.set_initializer(graph::Initializer::make<float>("b", {2}, {1, -1}));
  const Report report =
      quantize_static(model, {{"x", {-1, 1}}, {"a", {-2, 2}}, {"y", {-3, 3}}, {"w", {-1, 1}}},
                      {.format = QuantFormat::kQOperator, .activation_type = QuantType::kUInt8});
  EXPECT_THAT(report.quantized_nodes, ElementsAre("Add_1"));
  ASSERT_EQ(report.left_nodes.size(), 3U);
  // In the order in which they can run.
  EXPECT_EQ(report.left_nodes[0].reason, "tensor 'w' already exists");
  EXPECT_EQ(report.left_nodes[1].reason, "tensor 'a' already exists");
  EXPECT_EQ(report.left_nodes[2].reason, "an input is missing");
}

TEST(StaticQuantizer, nodes_without_their_inputs_are_left_alone) {
  for (const QuantFormat format : {QuantFormat::kQdq, QuantFormat::kQOperator}) {
    graph::Model model = model_of({"a = MatMul(x)", "b = Add()", "c = Where(x)", "= Softmax()",
                                   "y = Gather(x)", "z = Split()", "t = Concat()"});
    const Report report =
        quantize_static(model, {{"x", {-1, 1}}, {"y", {-1, 1}}}, {.format = format});
    EXPECT_EQ(report.quantized_count(), 0);
  }
}

}  // namespace
}  // namespace quantbench::quantize
