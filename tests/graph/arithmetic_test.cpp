#include "quantbench/graph/arithmetic.h"

#include <gmock/gmock.h>

#include "quantbench/graph/edit.h"
#include "support/runnable_graph.h"

namespace quantbench::graph {
namespace {

using test::runnable;
using test::wave_constant;

/// The node of this name.
NodeArithmetic told(const Model& model, const std::string& name) {
  for (const NodeArithmetic& one : arithmetic_of(model)) {
    if (one.name == name) return one;
  }
  ADD_FAILURE() << "there is no node " << name;
  return {};
}

Initializer int8_constant(const std::string& name, std::vector<std::int64_t> shape) {
  const auto count = static_cast<std::size_t>(element_count(shape));
  return Initializer::make<std::int8_t>(name, std::move(shape), std::vector<std::int8_t>(count, 3));
}

/// Q/DQ around x, a stored weight behind DequantizeLinear and Transpose, and their product.
Model quantized_product() {
  Model model = runnable(
      {"q = QuantizeLinear(x, scale, zero)", "d = DequantizeLinear(q, scale, zero)",
       "w = DequantizeLinear(stored, scale, zero)", "t = Transpose(w)", "y = MatMul(d, t)"},
      {{"x", {-1, 4}}}, {{"y", {-1, 6}}});
  model.set_initializer(Initializer::scalar("scale", 0.1F));
  model.set_initializer(Initializer::scalar("zero", std::int8_t{0}));
  model.set_initializer(int8_constant("stored", {6, 4}));
  return model;
}

TEST(Arithmetic, follows_a_weight_to_its_stored_type) {
  const NodeArithmetic product = told(quantized_product(), "MatMul_4");
  EXPECT_TRUE(product.is_product);
  EXPECT_EQ(product.precision, "float32");
  EXPECT_EQ(product.weight, "int8");
  EXPECT_EQ(product.weight_elements, 24);
  EXPECT_TRUE(product.dequantized_input);
}

TEST(Arithmetic, an_input_that_nothing_quantized_is_not_dequantized) {
  Model model = quantized_product();
  model.graph().mutable_node(4)->set_input(0, "x");
  EXPECT_FALSE(told(model, "MatMul_4").dequantized_input);
}

TEST(Arithmetic, a_bias_is_not_a_weight) {
  Model model = runnable({"y = Gemm(x, x, bias)"}, {{"x", {4, 4}}}, {{"y", {4, 4}}});
  model.set_initializer(wave_constant("bias", {4}));
  EXPECT_EQ(told(model, "Gemm_0").weight, "");
}

TEST(Arithmetic, integer_operators_are_int8_whatever_the_types_of_their_tensors) {
  const Model model = runnable(
      {"a = MatMulInteger(u, v)", "b = DynamicQuantizeMatMul(x, v)", "c = QLinearConv(u, v)"},
      {{"x", {4, 4}},
       {"u", {4, 4}, onnx::TensorProto::UINT8},
       {"v", {4, 4}, onnx::TensorProto::INT8}},
      {{"a", {4, 4}, onnx::TensorProto::INT32}, {"b", {4, 4}}});
  for (const NodeArithmetic& one : arithmetic_of(model))
    EXPECT_EQ(one.precision, "int8") << one.name;
}

TEST(Arithmetic, weights_of_four_bits_compute_in_int8_only_where_the_node_says_it) {
  Model model = runnable({"y = MatMulNBits(x, packed, scales)"}, {{"x", {1, 32}}}, {{"y", {1, 2}}});
  onnx::NodeProto& node = *model.graph().mutable_node(0);
  node.set_domain("com.microsoft");
  set_attribute(node, "bits", 4);
  set_attribute(node, "K", 32);
  set_attribute(node, "N", 2);
  model.set_initializer(
      Initializer::make<std::uint8_t>("packed", {2, 1, 16}, std::vector<std::uint8_t>(32)));
  model.set_initializer(wave_constant("scales", {2, 1}));
  NodeArithmetic product = told(model, "MatMulNBits_0");
  EXPECT_EQ(product.op_type, "com.microsoft.MatMulNBits");
  EXPECT_EQ(product.weight, "int4");
  EXPECT_EQ(product.weight_elements, 64);
  EXPECT_EQ(product.precision, "float32");
  set_attribute(node, "accuracy_level", 4);
  EXPECT_EQ(told(model, "MatMulNBits_0").precision, "int8");
}

TEST(Arithmetic, a_conversion_has_both_its_types) {
  const Model model = quantized_product();
  EXPECT_EQ(told(model, "QuantizeLinear_0").precision, "float32 to int8");
  EXPECT_EQ(told(model, "DequantizeLinear_1").precision, "int8 to float32");
}

TEST(Arithmetic, what_moves_quantized_values_is_int8) {
  const Model model = runnable(
      {"q, s, z = DynamicQuantizeLinear(x)", "t = Transpose(q)", "y = DequantizeLinear(t, s, z)"},
      {{"x", {-1, 4}}}, {{"y", {-1, 4}}});
  EXPECT_EQ(told(model, "DynamicQuantizeLinear_0").precision, "float32 to int8");
  EXPECT_EQ(told(model, "Transpose_1").precision, "int8");
}

TEST(Arithmetic, a_comparison_computes_in_the_type_of_its_inputs) {
  const Model model =
      runnable({"less = Less(x, x)", "size = Shape(x)", "sum = Add(size, size)"}, {{"x", {4}}},
               {{"less", {4}, onnx::TensorProto::BOOL}, {"sum", {1}, onnx::TensorProto::INT64}});
  EXPECT_EQ(told(model, "Less_0").precision, "float32");
  EXPECT_EQ(told(model, "Shape_1").precision, "int64");
  EXPECT_EQ(told(model, "Add_2").precision, "int64");
}

TEST(Arithmetic, reads_the_bodies_of_an_if_with_the_weights_around_it) {
  Model model =
      runnable({"y = If(c)"}, {{"c", {}, onnx::TensorProto::BOOL}, {"x", {4, 4}}}, {{"y", {4, 4}}});
  for (const char* branch : {"then_branch", "else_branch"}) {
    auto& attribute = *model.graph().mutable_node(0)->add_attribute();
    attribute.set_name(branch);
    attribute.set_type(onnx::AttributeProto::GRAPH);
    *attribute.mutable_g() = test::graph_of({"m = MatMul(x, w)"});
    attribute.mutable_g()->mutable_node(0)->set_name(branch);
  }
  model.set_initializer(Initializer::make<float>("w", {4, 4}, std::vector<float>(16)));
  EXPECT_EQ(arithmetic_of(model).size(), 3U);
  EXPECT_EQ(told(model, "then_branch").weight, "float32");
  EXPECT_EQ(told(model, "else_branch").precision, "float32");
}

}  // namespace
}  // namespace quantbench::graph
