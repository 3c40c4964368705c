#include "quantbench/quantize/dynamic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <numeric>

#include "quantbench/base/error.h"
#include "quantbench/graph/edit.h"
#include "quantbench/graph/index.h"
#include "support/graph_text.h"

namespace quantbench::quantize {
namespace {

using graph::Initializer;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

Initializer counting_weight(const std::string& name, std::vector<std::int64_t> shape) {
  std::vector<float> values(static_cast<std::size_t>(graph::element_count(shape)));
  std::iota(values.begin(), values.end(), -3.0F);
  return Initializer::make(name, std::move(shape), std::move(values));
}

/// A float graph of these lines with input x, output y and constants [4, 4] named w, v, ...
graph::Model model_of(const std::vector<std::string>& lines,
                      const std::vector<std::string>& constants, std::int64_t opset = 13) {
  graph::Model model;
  model.proto().set_ir_version(7);
  model.require_opset("", opset);
  model.graph() = test::graph_of(lines);
  const auto declare = [](onnx::ValueInfoProto& value, const std::string& name) {
    value.set_name(name);
    value.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  };
  declare(*model.graph().add_input(), "x");
  declare(*model.graph().add_output(), "y");
  for (const std::string& name : constants) model.set_initializer(counting_weight(name, {4, 4}));
  return model;
}

const onnx::NodeProto& only(const graph::Model& model, const std::string& op_type) {
  const onnx::NodeProto* found = nullptr;
  for (const auto& node : model.graph().node()) {
    if (node.op_type() != op_type) continue;
    if (found != nullptr) throw Error("more than one " + op_type);
    found = &node;
  }
  if (found == nullptr) throw Error("no " + op_type);
  return *found;
}

TEST(DynamicQuantizer, shares_one_activation_quantizer_per_input) {
  auto model = model_of({"q = MatMul(x, w)", "k = MatMul(x, v)", "y = Add(q, k)"}, {"w", "v"});
  const Report report = quantize_dynamic(model, {});
  const auto& quantizer = only(model, "DynamicQuantizeLinear");
  EXPECT_EQ(graph::Index(model.graph()).consumers(quantizer.output(0)).size(), 2U);
  EXPECT_THAT(report.quantized, ElementsAre(Pair("MatMul", 2)));
  EXPECT_THAT(report.quantized_nodes, ElementsAre("MatMul_0", "MatMul_1"));
  EXPECT_THAT(report.left, ElementsAre(Pair("Add", 1)));
  EXPECT_EQ(report.conversions_inserted, 3) << "a DynamicQuantizeLinear and two Casts";
  EXPECT_EQ(model.find_initializer("w"), nullptr) << "the float weight is left behind";
}

TEST(DynamicQuantizer, gives_one_scale_a_column_per_channel) {
  auto model = model_of({"y = MatMul(x, w)"}, {"w"});
  quantize_dynamic(model, {.per_channel = true});
  EXPECT_THAT(model.find_initializer("w_scale")->shape, ElementsAre(4));
  EXPECT_THAT(model.find_initializer("w_zero_point")->shape, ElementsAre(4));
  EXPECT_EQ(model.find_initializer("w_scale")->values<float>()[3],
            static_cast<float>(24.0 / 254.0));
}

TEST(DynamicQuantizer, leaves_a_product_of_two_activations_unless_told_otherwise) {
  const std::vector<std::string> lines = {"a = MatMul(x, w)", "y = MatMul(a, x)"};
  auto model = model_of(lines, {"w"});
  const Report report = quantize_dynamic(model, {});
  EXPECT_EQ(report.left_nodes.at(0).node, "MatMul_1");
  EXPECT_EQ(report.left_nodes.at(0).reason, "both inputs are activations");
  auto both = model_of(lines, {"w"});
  EXPECT_EQ(quantize_dynamic(both, {.matmul_const_b_only = false}).quantized_count(), 2);
  EXPECT_THAT(test::kinds(both), Contains("MatMulInteger").Times(2));
}

TEST(DynamicQuantizer, quantizes_nothing_for_add_and_says_so) {
  auto model = model_of({"y = Add(x, w)"}, {"w"});
  const Report report = quantize_dynamic(model, {.operators_to_quantize = {"Add"}});
  EXPECT_EQ(report.quantized_count(), 0);
  EXPECT_EQ(report.left_nodes.at(0).reason, "dynamic quantization has no integer form of it");
  EXPECT_THAT(test::kinds(model), ElementsAre("Add"));
  EXPECT_NE(model.find_initializer("w"), nullptr);
}

TEST(DynamicQuantizer, honours_exclusion_by_name_and_glob) {
  auto model = model_of({"a = MatMul(x, w)", "b = MatMul(a, w)", "y = MatMul(b, w)"}, {"w"});
  const Report report = quantize_dynamic(model, {.nodes_to_exclude = {"MatMul_0", "*_2"}});
  EXPECT_THAT(report.quantized_nodes, ElementsAre("MatMul_1"));
  ASSERT_EQ(report.left_nodes.size(), 2U);
  EXPECT_EQ(report.left_nodes[0].reason, "excluded by 'MatMul_0'");
  EXPECT_EQ(report.left_nodes[1].reason, "excluded by '*_2'");
}

TEST(DynamicQuantizer, turns_a_gemm_into_a_matmul_but_reports_the_gemm) {
  auto model = model_of({"y = Gemm(x, w, b)"}, {"w"});
  model.set_initializer(counting_weight("b", {4}));
  graph::set_attribute(*model.graph().mutable_node(0), "transB", 1);
  const Report report = quantize_dynamic(model, {.operators_to_quantize = {"MatMul"}});
  EXPECT_THAT(report.quantized, ElementsAre(Pair("Gemm", 1)));
  EXPECT_THAT(report.quantized_nodes, ElementsAre("Gemm_0"));
  EXPECT_THAT(test::kinds(model),
              ElementsAre("DynamicQuantizeLinear", "MatMulInteger", "Cast", "Mul", "Mul", "Add"));
  // w[r][c] = 4 r + c - 3 with a largest magnitude of 12; transposed.
  const auto values = model.find_initializer("w_Transposed_quantized")->values<std::int8_t>();
  EXPECT_EQ(values[3], 95) << "9 of 12 in 127 steps";
  EXPECT_EQ(values[12], 0);
}

TEST(DynamicQuantizer, keeps_the_gemm_that_is_no_linear_layer) {
  auto model = model_of({"y = Gemm(x, w)"}, {"w"});
  auto& alpha = *model.graph().mutable_node(0)->add_attribute();
  alpha.set_name("alpha");
  alpha.set_type(onnx::AttributeProto::FLOAT);
  alpha.set_f(0.5F);
  EXPECT_EQ(quantize_dynamic(model, {}).quantized_count(), 0);
  EXPECT_THAT(test::kinds(model), ElementsAre("Gemm"));
}

TEST(DynamicQuantizer, returns_an_embedding_to_float_where_it_is_read_in_float) {
  auto model = model_of({"rows = Gather(w, x)", "y = Add(rows, rows)"}, {"w"});
  const Report report = quantize_dynamic(model, {});
  EXPECT_THAT(test::kinds(model), ElementsAre("Gather", "DequantizeLinear", "Add"));
  EXPECT_EQ(only(model, "DequantizeLinear").output(0), "rows");
  EXPECT_EQ(model.find_initializer("w_quantized")->type, onnx::TensorProto::UINT8);
  EXPECT_THAT(report.quantized, ElementsAre(Pair("Gather", 1)));
}

TEST(DynamicQuantizer, returns_to_float_what_a_subgraph_captures) {
  auto model = model_of({"rows = Gather(w, x)", "y = If(x)"}, {"w"});
  auto& attribute = *model.graph().mutable_node(1)->add_attribute();
  attribute.set_name("then_branch");
  attribute.set_type(onnx::AttributeProto::GRAPH);
  *attribute.mutable_g() = test::graph_of({"z = MatMul(rows, w)"});
  attribute.mutable_g()->add_output()->set_name("z");
  quantize_dynamic(model, {});
  EXPECT_THAT(test::kinds(model), ElementsAre("Gather", "DequantizeLinear", "If"));
  EXPECT_NE(model.find_initializer("w"), nullptr) << "the subgraph reads the float weight";
}

TEST(DynamicQuantizer, does_not_take_names_that_are_taken) {
  auto model = model_of({"x_quantized = Relu(x)", "a = MatMul(x, w)", "y = Add(a, x_quantized)"},
                        {"w", "w_scale"});
  quantize_dynamic(model, {});
  EXPECT_EQ(only(model, "DynamicQuantizeLinear").output(0), "x_quantized_1");
  EXPECT_THAT(model.find_initializer("w_scale")->shape, ElementsAre(4, 4));
  EXPECT_THAT(model.find_initializer("w_scale_1")->shape, IsEmpty());
}

TEST(DynamicQuantizer, keeps_operator_sets_and_ir_version) {
  auto model = model_of({"y = MatMul(x, w)"}, {"w"}, 17);
  quantize_dynamic(model, {});
  EXPECT_EQ(model.opset(), 17);
  EXPECT_EQ(model.proto().ir_version(), 7);
  EXPECT_EQ(model.proto().opset_import_size(), 1);
}

TEST(DynamicQuantizer, gives_a_weight_of_three_dimensions_one_scale) {
  auto model = model_of({"y = MatMul(x, w)"}, {});
  model.set_initializer(counting_weight("w", {2, 4, 3}));
  quantize_dynamic(model, {.per_channel = true});
  EXPECT_THAT(model.find_initializer("w_scale")->shape, IsEmpty());
}

TEST(DynamicQuantizer, leaves_weights_that_are_not_finite_in_float) {
  for (const char* line :
       {"y = MatMul(x, w)", "y = MatMul(w, x)", "y = Conv(x, w)", "y = Gather(w, x)"}) {
    auto model = model_of({line}, {});
    std::vector<float> values(16, 1);
    values[5] = -std::numeric_limits<float>::infinity();
    model.set_initializer(Initializer::make("w", {4, 4}, std::move(values)));
    const Report report = quantize_dynamic(model, {.matmul_const_b_only = false});
    ASSERT_EQ(report.left_nodes.size(), 1U) << line;
    EXPECT_EQ(report.left_nodes[0].reason, "constant 'w' has infinite or NaN values");
    EXPECT_NE(model.find_initializer("w"), nullptr);
  }
}

TEST(DynamicQuantizer, raises_ir_versions_that_list_initializers_as_inputs) {
  auto model = model_of({"y = MatMul(x, w)"}, {"w"});
  model.proto().set_ir_version(3);
  model.graph().add_input()->set_name("w");
  quantize_dynamic(model, {});
  EXPECT_EQ(model.proto().ir_version(), 4);
  EXPECT_THAT(model.input_names(), ElementsAre("x"));
  EXPECT_EQ(model.graph().input_size(), 1);
}

TEST(DynamicQuantizer, leaves_malformed_nodes_alone) {
  auto model = model_of({"a = MatMul(x)", " = MatMul(x, w)", "y = Gather()"}, {"w"});
  const Report report = quantize_dynamic(model, {});
  EXPECT_EQ(report.quantized_count(), 0);
  EXPECT_EQ(report.left_nodes.size(), 3U);
}

std::string failure(graph::Model model, const DynamicOptions& options) {
  try {
    quantize_dynamic(model, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(DynamicQuantizer, refuses_unknown_kinds_and_old_operator_sets) {
  EXPECT_EQ(failure(model_of({"y = MatMul(x, w)"}, {"w"}), {.operators_to_quantize = {"MatMull"}}),
            "operators_to_quantize: unknown operator kind 'MatMull' (did you mean 'MatMul'?)");
  graph::Model old = model_of({"y = MatMul(x, w)"}, {"w"}, 10);
  auto& function = *old.proto().add_functions();
  function.set_name("f");
  function.set_domain("own");
  EXPECT_THAT(failure(std::move(old), {}),
              AllOf(HasSubstr("operator set 10 is too old"), HasSubstr("local functions")));
  EXPECT_THAT(failure(model_of({"y = MatMulInteger(x, w)"}, {"w"}), {}),
              HasSubstr("the model is already quantized: MatMulInteger (give the float model)"));
}

}  // namespace
}  // namespace quantbench::quantize
