#include "quantbench/graph/pass.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantbench/base/error.h"
#include "quantbench/graph/constant_folding.h"
#include "quantbench/graph/edit.h"
#include "quantbench/graph/hidden_weights.h"
#include "quantbench/graph/shape_inference.h"
#include "support/graph_text.h"

namespace quantbench::graph {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Model model_of(const std::vector<std::string>& lines) {
  Model model;
  model.require_opset("", 13);
  model.graph() = test::graph_of(lines);
  const auto declare = [](onnx::ValueInfoProto& value, const char* name) {
    value.set_name(name);
    auto& type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    type.mutable_shape()->add_dim()->set_dim_param("batch");
    type.mutable_shape()->add_dim()->set_dim_value(2);
  };
  declare(*model.graph().add_input(), "x");
  declare(*model.graph().add_output(), "y");
  return model;
}

/// "y = Relu(x)" of each node.
std::vector<std::string> lines_of(const Model& model) {
  std::vector<std::string> lines;
  for (const auto& node : model.graph().node()) {
    std::string line;
    for (const std::string& output : node.output()) line += (line.empty() ? "" : ", ") + output;
    line += " = " + node.op_type() + "(";
    for (int i = 0; i < node.input_size(); ++i) line += (i > 0 ? ", " : "") + node.input(i);
    lines.push_back(line + ")");
  }
  return lines;
}

template <typename T>
std::vector<T> listed(const Initializer& constant) {
  const auto values = constant.values<T>();
  return {values.begin(), values.end()};
}

int apply(Model& model, const std::string& pass) {
  PassContext context(model);
  return passes().get(pass).apply(model, context);
}

void set_ints(onnx::NodeProto& node, const std::string& name,
              const std::vector<std::int64_t>& values) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  attribute.mutable_ints()->Assign(values.begin(), values.end());
}

TEST(EliminateIdentity, takes_out_what_only_passes_on) {
  Model model = model_of({"a = Identity(x)", "b = Dropout(a)", "c = Relu(b)", "y = Identity(c)"});
  EXPECT_EQ(apply(model, "eliminate_identity"), 3);
  EXPECT_THAT(lines_of(model), ElementsAre("y = Relu(x)"));
}

TEST(EliminateIdentity, leaves_what_ties_an_input_or_a_constant_to_an_output) {
  Model direct = model_of({"y = Identity(x)"});
  EXPECT_EQ(apply(direct, "eliminate_identity"), 0);
  Model constant = model_of({"y = Identity(c)"});
  constant.set_initializer(Initializer::scalar("c", 1.0F));
  EXPECT_EQ(apply(constant, "eliminate_identity"), 0);
}

TEST(EliminateIdentity, leaves_what_a_subgraph_captures) {
  Model model = model_of({"a = Identity(x)", "y = If(x)"});
  auto& branch = *model.graph().mutable_node(1)->add_attribute();
  branch.set_name("then_branch");
  branch.set_type(onnx::AttributeProto::GRAPH);
  *branch.mutable_g() = test::graph_of({"w = Relu(a)"});
  EXPECT_EQ(apply(model, "eliminate_identity"), 0);
}

TEST(EliminateIdentity, leaves_a_dropout_whose_mask_is_read) {
  Model model = model_of({"a, mask = Dropout(x)", "y = Where(mask, a, x)"});
  EXPECT_EQ(apply(model, "eliminate_identity"), 0);
}

TEST(EliminateCast, takes_out_casts_to_the_type_that_is_there) {
  Model model = model_of({"a = Cast(x)", "b = Cast(a)", "y = Relu(b)"});
  set_attribute(*model.graph().mutable_node(0), "to", onnx::TensorProto::FLOAT);
  set_attribute(*model.graph().mutable_node(1), "to", onnx::TensorProto::INT64);
  EXPECT_EQ(apply(model, "eliminate_cast"), 1);
  EXPECT_THAT(lines_of(model), ElementsAre("b = Cast(x)", "y = Relu(b)"));
}

TEST(NameNodes, names_the_nameless_and_nothing_else) {
  Model model = model_of({"a = Relu(x)", "b = Relu(a)", "y = Relu(b)"});
  model.graph().mutable_node(0)->clear_name();
  model.graph().mutable_node(1)->set_name("Relu_0");
  EXPECT_EQ(apply(model, "name_nodes"), 1);
  EXPECT_EQ(model.graph().node(0).name(), "Relu_0_1");
  EXPECT_EQ(model.graph().node(2).name(), "Relu_2");
}

TEST(InferShapes, writes_the_shape_of_a_product_without_looking_at_weights) {
  Model model = model_of({"a = MatMul(x, w)", "y = MatMul(a, v)"});
  const std::vector<float> zeros(std::size_t{2} * 2048);
  model.set_initializer(Initializer::make<float>("w", {2, 2048}, zeros));
  model.set_initializer(Initializer::make<float>("v", {2048, 2}, zeros));
  EXPECT_EQ(apply(model, "infer_shapes"), 1);
  ASSERT_EQ(model.graph().value_info_size(), 1);
  const auto& type = model.graph().value_info(0).type().tensor_type();
  EXPECT_EQ(model.graph().value_info(0).name(), "a");
  EXPECT_EQ(type.elem_type(), onnx::TensorProto::FLOAT);
  EXPECT_EQ(type.shape().dim(0).dim_param(), "batch");
  EXPECT_EQ(type.shape().dim(1).dim_value(), 2048);
}

TEST(InferShapes, passes_over_operators_it_does_not_know) {
  Model model = model_of({"a = MadeUp(x)", "y = Relu(a)"});
  model.graph().mutable_node(0)->set_domain("elsewhere");
  model.require_opset("elsewhere", 1);
  EXPECT_EQ(infer_shapes(model), "");
  EXPECT_EQ(model.graph().value_info_size(), 0);
}

TEST(FoldConstants, lifts_constants_and_computes_what_hangs_on_them) {
  Model model = model_of({"c = Constant()", "t = Transpose(w)", "s = Sqrt(c)", "d = Div(s, c)",
                          "a = MatMul(x, t)", "y = Mul(a, d)"});
  auto& value = *model.graph().mutable_node(0)->add_attribute();
  value.set_name("value");
  value.set_type(onnx::AttributeProto::TENSOR);
  value.mutable_t()->set_data_type(onnx::TensorProto::FLOAT);
  value.mutable_t()->add_float_data(4);
  model.set_initializer(Initializer::make<float>("w", {2, 3}, {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(apply(model, "fold_constants"), 4);
  EXPECT_THAT(lines_of(model), ElementsAre("a = MatMul(x, t)", "y = Mul(a, d)"));
  EXPECT_THAT(listed<float>(*model.find_initializer("t")), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(model.find_initializer("t")->shape, ElementsAre(3, 2));
  EXPECT_THAT(listed<float>(*model.find_initializer("d")), ElementsAre(0.5F));
  EXPECT_EQ(model.find_initializer("w"), nullptr);
}

TEST(HiddenWeights, become_initializers_whether_nodes_hold_or_compute_them) {
  Model model =
      model_of({"c = Constant()", "t = Transpose(c)", "i = Identity(t)", "y = MatMul(x, i)"});
  onnx::AttributeProto& value = *model.graph().mutable_node(0)->add_attribute();
  value.set_name("value");
  value.set_type(onnx::AttributeProto::TENSOR);
  value.mutable_t()->set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t size : {1, 2}) value.mutable_t()->add_dims(size);
  for (const float element : {3.0F, 4.0F}) value.mutable_t()->add_float_data(element);
  EXPECT_EQ(fold_hidden_weights(model), 3);
  ASSERT_NE(model.find_initializer("i"), nullptr);
  EXPECT_THAT(model.find_initializer("i")->shape, ElementsAre(2, 1));
  EXPECT_EQ(model.graph().node_size(), 1);
}

TEST(HiddenWeights, of_float16_and_bfloat16_become_float32) {
  for (const auto& [type, one, minus_two] :
       {std::tuple(onnx::TensorProto::FLOAT16, 0x3c00, 0xc000),
        std::tuple(onnx::TensorProto::BFLOAT16, 0x3f80, 0xc000)}) {
    Model model = model_of({"c = Cast(w)", "t = Transpose(c)", "y = MatMul(x, t)"});
    set_attribute(*model.graph().mutable_node(0), "to", onnx::TensorProto::FLOAT);
    Initializer half = Initializer::make<std::uint16_t>(
        "w", {1, 2}, {static_cast<std::uint16_t>(one), static_cast<std::uint16_t>(minus_two)});
    half.type = type;
    model.set_initializer(std::move(half));
    EXPECT_EQ(fold_hidden_weights(model), 2);
    ASSERT_NE(model.find_initializer("t"), nullptr);
    EXPECT_THAT(listed<float>(*model.find_initializer("t")), ElementsAre(1, -2));
    EXPECT_THAT(model.find_initializer("t")->shape, ElementsAre(2, 1));
    EXPECT_EQ(model.find_initializer("w"), nullptr);
  }
}

/// A matrix of 2 x 3 with 5 and 7 at these places.
onnx::SparseTensorProto sparse(const std::vector<std::int64_t>& indices,
                               const std::vector<std::int64_t>& shape_of_indices) {
  onnx::SparseTensorProto tensor;
  tensor.mutable_values()->set_name("w");
  tensor.mutable_values()->set_data_type(onnx::TensorProto::FLOAT);
  tensor.mutable_values()->add_dims(2);
  for (const float value : {5.0F, 7.0F}) tensor.mutable_values()->add_float_data(value);
  tensor.mutable_indices()->set_data_type(onnx::TensorProto::INT64);
  for (const std::int64_t size : shape_of_indices) tensor.mutable_indices()->add_dims(size);
  for (const std::int64_t index : indices) tensor.mutable_indices()->add_int64_data(index);
  for (const std::int64_t size : {2, 3}) tensor.add_dims(size);
  return tensor;
}

TEST(HiddenWeights, that_are_sparse_become_dense) {
  const onnx::SparseTensorProto linear = sparse({1, 5}, {2});
  for (const onnx::SparseTensorProto& tensor : {linear, sparse({0, 1, 1, 2}, {2, 2})}) {
    Model model = model_of({"y = MatMul(x, w)"});
    *model.graph().add_sparse_initializer() = tensor;
    EXPECT_EQ(fold_hidden_weights(model), 1);
    ASSERT_NE(model.find_initializer("w"), nullptr);
    EXPECT_THAT(listed<float>(*model.find_initializer("w")), ElementsAre(0, 5, 0, 0, 0, 7));
    EXPECT_EQ(model.graph().sparse_initializer_size(), 0);
  }
  Model model = model_of({"w = Constant()", "y = MatMul(x, w)"});
  onnx::AttributeProto& value = *model.graph().mutable_node(0)->add_attribute();
  value.set_name("sparse_value");
  value.set_type(onnx::AttributeProto::SPARSE_TENSOR);
  *value.mutable_sparse_tensor() = linear;
  EXPECT_EQ(fold_hidden_weights(model), 1);
  EXPECT_THAT(listed<float>(*model.find_initializer("w")), ElementsAre(0, 5, 0, 0, 0, 7));
}

TEST(HiddenWeights, that_are_sparse_and_damaged_or_huge_stay) {
  std::vector<onnx::SparseTensorProto> odd = {sparse({1, 6}, {2}), sparse({1, -1}, {2}),
                                              sparse({0, 1, 2, 0}, {2, 2}), sparse({1, 2, 3}, {3}),
                                              sparse({1, 5}, {2, 1})};
  odd.push_back(sparse({1, 5}, {2}));
  odd.back().set_dims(0, std::int64_t{1} << 40);
  odd.back().set_dims(1, std::int64_t{1} << 40);
  odd.push_back(sparse({1, 5}, {2}));
  odd.back().set_dims(0, std::int64_t{1} << 30);
  for (const onnx::SparseTensorProto& tensor : odd) {
    Model model = model_of({"y = MatMul(x, w)"});
    *model.graph().add_sparse_initializer() = tensor;
    EXPECT_EQ(fold_hidden_weights(model), 0) << tensor.ShortDebugString();
    EXPECT_EQ(model.graph().sparse_initializer_size(), 1);
  }
}

TEST(HiddenWeights, leave_a_graph_whose_constants_are_single_numbers) {
  Model model = model_of({"c = Constant()", "y = Mul(x, c)"});
  onnx::AttributeProto& value = *model.graph().mutable_node(0)->add_attribute();
  value.set_name("value_float");
  value.set_type(onnx::AttributeProto::FLOAT);
  value.set_f(2);
  EXPECT_EQ(fold_hidden_weights(model), 0);
  EXPECT_EQ(model.graph().node_size(), 2);
}

TEST(FoldConstants, leaves_what_a_graph_input_can_override) {
  Model model = model_of({"t = Sqrt(x)", "y = Relu(t)"});
  model.set_initializer(Initializer::scalar("x", 1.0F));
  EXPECT_EQ(apply(model, "fold_constants"), 0);
}

/// `lines`, `times` over; "#" and "%" are the numbers of this turn and of the last.
std::vector<std::string> repeated(const std::string& line, int times) {
  std::vector<std::string> lines;
  for (int i = 1; i <= times; ++i) {
    std::string text;
    for (const char c : line) {
      text += c == '#' ? std::to_string(i) : c == '%' ? std::to_string(i - 1) : std::string(1, c);
    }
    lines.push_back(text);
  }
  return lines;
}

std::uint64_t weight_bytes(const Model& model) {
  std::uint64_t bytes = 0;
  for (const std::string& name : model.initializer_names()) {
    bytes += model.find_initializer(name)->data.bytes.size();
  }
  return bytes;
}

TEST(FoldConstants, makes_no_more_than_64_MiB_of_constants_that_double) {
  std::vector<std::string> lines = repeated("k# = Concat(k%, k%)", 40);
  lines.emplace_back("y = Add(x, k40)");
  Model model = model_of(lines);
  for (int i = 0; i < 40; ++i) set_attribute(*model.graph().mutable_node(i), "axis", 0);
  model.set_initializer(Initializer::make<float>("k0", {1024}, std::vector<float>(1024)));
  const int folded = apply(model, "fold_constants");
  EXPECT_GT(folded, 10);
  EXPECT_LE(weight_bytes(model), std::uint64_t{65} << 20);
  // What is beyond stays, and reads what is folded.
  EXPECT_EQ(model.graph().node_size(), 41 - folded);
  EXPECT_NE(model.find_initializer(model.graph().node(0).input(0)), nullptr);
}

TEST(FoldConstants, makes_no_more_in_all_rounds_together) {
  std::vector<std::string> lines = repeated("k# = Concat(k%, k%)", 40);
  lines.emplace_back("y = Add(x, k40)");
  Model model = model_of(lines);
  for (int i = 0; i < 40; ++i) set_attribute(*model.graph().mutable_node(i), "axis", 0);
  model.set_initializer(Initializer::make<float>("k0", {1024}, std::vector<float>(1024)));
  apply_passes(model, std::vector<std::string>{"fold_constants"});
  EXPECT_LE(weight_bytes(model), std::uint64_t{65} << 20);
}

TEST(FoldConstants, counts_what_all_nodes_make_together) {
  // Each makes 16 MiB, which no node alone would be refused.
  std::vector<std::string> lines = repeated("k# = Gather(table, indices)", 40);
  std::string sum = "y = Sum(x";
  for (int i = 1; i <= 40; ++i) sum += ", k" + std::to_string(i);
  lines.push_back(sum + ")");
  Model model = model_of(lines);
  model.set_initializer(Initializer::make<float>("table", {1, 1024}, std::vector<float>(1024)));
  model.set_initializer(
      Initializer::make<std::int64_t>("indices", {4096}, std::vector<std::int64_t>(4096)));
  EXPECT_EQ(apply(model, "fold_constants"), 4);
}

TEST(FoldConstants, makes_no_tensor_of_more_than_64_dimensions) {
  // Gather puts the dimensions of both together.
  std::vector<std::string> lines = repeated("k# = Gather(k%, k%)", 40);
  lines.emplace_back("y = Add(x, k40)");
  Model model = model_of(lines);
  model.set_initializer(Initializer::make<std::int64_t>("k0", {1, 1}, {0}));
  EXPECT_EQ(apply(model, "fold_constants"), 5);  // of 3, 5, 9, 17, 33 dimensions
}

class ConstantNode : public ::testing::Test {
 protected:
  ConstantNode() {
    model_.set_initializer(Initializer::make<std::int64_t>("i", {3}, {5, 6, 7}));
    model_.set_initializer(Initializer::make<std::int64_t>("one", {1}, {1}));
    model_.set_initializer(Initializer::make<std::int64_t>("last", {}, {-1}));
    model_.set_initializer(Initializer::make<std::int64_t>("open", {2}, {0, -1}));
    model_.set_initializer(Initializer::make<float>("m", {2, 2}, {1, 2, 3, 4}));
    model_.set_initializer(Initializer::make<float>("column", {2, 1}, {1, 2}));
    model_.set_initializer(Initializer::make<std::int64_t>("zero", {1}, {0}));
  }

  std::optional<Initializer> value(const std::string& line) {
    return value_of(test::graph_of({line}).node(0));
  }

  std::optional<Initializer> value_of(const onnx::NodeProto& node) {
    FoldingBudget budget(model_);
    return evaluate_constant(model_, node, budget);
  }

  std::vector<std::int64_t> integers(const std::string& line) {
    const auto found = value(line);
    if (!found) return {-999};
    return listed<std::int64_t>(*found);
  }

  Model model_;
};

TEST_F(ConstantNode, shapes_and_their_parts_are_computed) {
  EXPECT_THAT(integers("o = Shape(m)"), ElementsAre(2, 2));
  EXPECT_THAT(integers("o = Gather(i, last)"), ElementsAre(7));
  EXPECT_THAT(value("o = Gather(i, last)")->shape, IsEmpty());
  EXPECT_THAT(integers("o = Mul(i, one)"), ElementsAre(5, 6, 7));
  EXPECT_THAT(value("o = Unsqueeze(m, one)")->shape, ElementsAre(2, 1, 2));
  EXPECT_THAT(value("o = Squeeze(column, one)")->shape, ElementsAre(2));
  EXPECT_THAT(value("o = Reshape(m, open)")->shape, ElementsAre(2, 2));
}

TEST_F(ConstantNode, what_the_operator_does_not_take_is_left_to_the_runtime) {
  EXPECT_FALSE(value("o = Div(i, zero)"));
  EXPECT_FALSE(value("o = Add(m, column)"));
  EXPECT_FALSE(value("o = Add(m, i)"));
  EXPECT_FALSE(value("o = Gather(i, i)"));
  EXPECT_FALSE(value("o = Reshape(m, i)"));
  EXPECT_FALSE(value("o = Squeeze(m, one)"));
  EXPECT_FALSE(value("o = Reshape(m)"));
  EXPECT_FALSE(value("o = Sin(m)"));
  EXPECT_FALSE(value("o = Sqrt(unknown)"));
}

TEST_F(ConstantNode, joining_wants_the_first_axis) {
  onnx::NodeProto node = test::graph_of({"o = Concat(i, one)"}).node(0);
  EXPECT_FALSE(value_of(node));
  set_attribute(node, "axis", 0);
  EXPECT_THAT(listed<std::int64_t>(*value_of(node)), ElementsAre(5, 6, 7, 1));
}

TEST_F(ConstantNode, axes_of_older_operator_sets_are_attributes) {
  onnx::NodeProto node = test::graph_of({"o = Unsqueeze(m)"}).node(0);
  set_ints(node, "axes", {0, -1});
  EXPECT_THAT(value_of(node)->shape, ElementsAre(1, 2, 2, 1));
}

TEST(Preparation, settles_and_refuses_passes_it_does_not_know) {
  Model model = model_of({"c = Constant()", "a = Identity(c)", "b = Sqrt(a)", "y = Mul(x, b)"});
  auto& value = *model.graph().mutable_node(0)->add_attribute();
  value.set_name("value_float");
  value.set_type(onnx::AttributeProto::FLOAT);
  value.set_f(9);
  EXPECT_GT(apply_passes(model, preparation_passes()), 0);
  EXPECT_THAT(lines_of(model), ElementsAre("y = Mul(x, b)"));
  EXPECT_EQ(apply_passes(model, preparation_passes()), 0);
  try {
    apply_passes(model, std::vector<std::string>{"fold_constant"});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'fold_constants'?"));
  }
}

}  // namespace
}  // namespace quantbench::graph
