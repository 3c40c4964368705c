#include "quantbench/graph/edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantbench/base/error.h"
#include "quantbench/graph/element_types.h"
#include "quantbench/graph/index.h"
#include "quantbench/graph/subgraph.h"
#include "support/graph_text.h"

namespace quantbench::graph {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

void add(onnx::GraphProto& graph, onnx::NodeProto node) { *graph.add_node() = std::move(node); }

/// If(condition) whose branch adds the outer tensor `captured` to a tensor of its own.
onnx::NodeProto branch_on(const std::string& captured) {
  onnx::NodeProto node = make_node("If", {"condition"}, {"chosen"}, "if");
  auto& attribute = *node.add_attribute();
  attribute.set_name("then_branch");
  attribute.set_type(onnx::AttributeProto::GRAPH);
  auto& branch = *attribute.mutable_g();
  add(branch, make_node("Constant", {}, {"inner"}, ""));
  add(branch, make_node("Add", {"inner", captured}, {"sum"}, ""));
  branch.add_output()->set_name("sum");
  return node;
}

std::vector<std::string> names(const onnx::GraphProto& graph) {
  std::vector<std::string> out;
  for (const auto& node : graph.node()) out.push_back(node.name());
  return out;
}

TEST(UniqueNames, number_names_that_are_taken_even_in_subgraphs) {
  Model model;
  add(model.graph(), branch_on("a"));
  model.set_initializer(Initializer::scalar("w", 1.0F));
  UniqueNames unique(model);
  EXPECT_EQ(unique.make("sum"), "sum_1");
  EXPECT_EQ(unique.make("w"), "w_1");
  EXPECT_EQ(unique.make("w"), "w_2");
  EXPECT_EQ(unique.make("free"), "free");
  EXPECT_TRUE(unique.contains("free"));
}

TEST(Subgraph, captures_what_it_does_not_make_itself) {
  EXPECT_THAT(captured_names(branch_on("outer")), ElementsAre("outer"));
}

TEST(Index, counts_a_subgraph_as_a_reader_of_what_it_captures) {
  onnx::GraphProto graph;
  add(graph, make_node("Relu", {"x"}, {"y"}, "relu"));
  add(graph, branch_on("y"));
  const Index index(graph);
  ASSERT_EQ(index.consumers("y").size(), 1U);
  EXPECT_EQ(index.consumers("y")[0]->name(), "if");
}

TEST(SortTopologically, moves_only_what_stands_before_its_inputs) {
  onnx::GraphProto graph;
  add(graph, make_node("Relu", {"x"}, {"a"}, "first"));
  add(graph, branch_on("c"));
  add(graph, make_node("Add", {"a", "c"}, {"b"}, "needs c"));
  add(graph, make_node("Relu", {"x"}, {"c"}, "makes c"));
  sort_topologically(graph);
  EXPECT_THAT(names(graph), ElementsAre("first", "makes c", "if", "needs c"));
}

TEST(SortTopologically, refuses_a_cycle) {
  onnx::GraphProto graph;
  add(graph, make_node("Relu", {"b"}, {"a"}, "one"));
  add(graph, make_node("Relu", {"a"}, {"b"}, "two"));
  try {
    sort_topologically(graph);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("node 'one': the graph has a cycle"));
  }
}

TEST(ElementTypes, of_an_if_are_those_that_its_branches_declare) {
  Model model;
  model.require_opset("", 13);
  model.graph() = test::graph_of({"y = If(c)", "parts = SplitToSequence(y)"});
  auto& branch = *model.graph().mutable_node(0)->add_attribute()->mutable_g();
  branch.add_output()->mutable_type()->mutable_tensor_type()->set_elem_type(
      onnx::TensorProto::FLOAT);
  const ElementTypes types(model);
  EXPECT_TRUE(types.is_float("y"));
  EXPECT_EQ(types.of("parts"), onnx::TensorProto::UNDEFINED);
}

/// A branch without inputs, whose output has no declared type.
void add_branch(onnx::NodeProto& node, const onnx::NodeProto& inside) {
  auto& attribute = *node.add_attribute();
  attribute.set_type(onnx::AttributeProto::GRAPH);
  add(*attribute.mutable_g(), inside);
  attribute.mutable_g()->add_output()->set_name(inside.output(0));
}

TEST(ElementTypes, of_an_if_follow_from_the_nodes_of_branches_that_declare_none) {
  Model model;
  model.set_initializer(Initializer::make<float>("outer", {1}, {1}));
  model.graph() = test::graph_of({"y = If(c)", "z = Relu(y)"});
  auto& choice = *model.graph().mutable_node(0);
  add_branch(choice, make_node("Mystery", {}, {"of_unknown_type"}, ""));
  add_branch(choice, make_node("Neg", {"outer"}, {"negative"}, ""));
  const ElementTypes types(model);
  EXPECT_TRUE(types.is_float("y"));
  EXPECT_TRUE(types.is_float("z"));
  EXPECT_FALSE(types.is_float("negative"));  // a name inside the branch only
}

TEST(ElementTypes, of_a_loop_follow_from_the_inputs_of_its_node) {
  Model model;
  model.set_initializer(Initializer::make<std::int64_t>("times", {}, {3}));
  model.set_initializer(Initializer::make<float>("start", {1}, {1}));
  model.graph() = test::graph_of({"last, all = Loop(times, c, start)"});
  auto& attribute = *model.graph().mutable_node(0)->add_attribute();
  attribute.set_type(onnx::AttributeProto::GRAPH);
  auto& body = *attribute.mutable_g();
  for (const char* input : {"round", "on", "carried"}) body.add_input()->set_name(input);
  add(body, make_node("Relu", {"carried"}, {"next"}, ""));
  for (const char* output : {"on", "next", "round"}) body.add_output()->set_name(output);
  const ElementTypes types(model);
  EXPECT_TRUE(types.is_float("last"));
  EXPECT_EQ(types.of("all"), onnx::TensorProto::INT64);
}

TEST(ElementTypes, of_all_outputs_of_a_recurrent_operator_are_those_of_its_input) {
  Model model;
  model.set_initializer(Initializer::make<float>("x", {1}, {1}));
  model.graph() = test::graph_of({"all, hidden, cell = LSTM(x, w, r)", "best, places = TopK(x, k)",
                                  "kept, mask = Dropout(x)"});
  const ElementTypes types(model);
  for (const char* tensor : {"all", "hidden", "cell", "best", "kept"}) {
    EXPECT_TRUE(types.is_float(tensor)) << tensor;
  }
  EXPECT_EQ(types.of("places"), onnx::TensorProto::UNDEFINED);
  EXPECT_EQ(types.of("mask"), onnx::TensorProto::UNDEFINED);
}

TEST(ElementTypes, are_those_that_an_attribute_names) {
  Model model;
  model.set_initializer(Initializer::make<std::int64_t>("n", {}, {8}));
  model.graph() = test::graph_of({"window = HannWindow(n)", "noise = RandomNormal()",
                                  "same = EyeLike(n)", "double = EyeLike(n)"});
  set_attribute(*model.graph().mutable_node(3), "dtype", onnx::TensorProto::DOUBLE);
  const ElementTypes types(model);
  EXPECT_TRUE(types.is_float("window"));
  EXPECT_TRUE(types.is_float("noise"));
  EXPECT_EQ(types.of("same"), onnx::TensorProto::INT64);
  EXPECT_EQ(types.of("double"), onnx::TensorProto::DOUBLE);
}

TEST(ElementTypes, follow_from_inputs_and_initializers_node_by_node) {
  Model model;
  auto& graph = model.graph();
  auto& ids = *graph.add_input();
  ids.set_name("ids");
  ids.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::INT64);
  model.set_initializer(Initializer::make<float>("table", {2, 2}, {1, 2, 3, 4}));
  add(graph, make_node("Gather", {"table", "ids"}, {"embedded"}, ""));
  add(graph, make_node("Shape", {"embedded"}, {"shape"}, ""));
  add(graph, make_node("Add", {"ids", "ids"}, {"sum"}, ""));
  add(graph, make_node("Cast", {"sum"}, {"half"}, ""));
  set_attribute(*graph.mutable_node(3), "to", onnx::TensorProto::FLOAT16);
  add(graph, make_node("Equal", {"half", "half"}, {"mask"}, ""));
  add(graph, make_node("Where", {"mask", "embedded", "embedded"}, {"chosen"}, ""));
  add(graph, make_node("Relu", {"nobody"}, {"unknown"}, ""));
  const ElementTypes types(model);
  EXPECT_TRUE(types.is_float("embedded"));
  EXPECT_TRUE(types.is_float("chosen"));
  EXPECT_EQ(types.of("shape"), onnx::TensorProto::INT64);
  EXPECT_EQ(types.of("sum"), onnx::TensorProto::INT64);
  EXPECT_EQ(types.of("half"), onnx::TensorProto::FLOAT16);
  EXPECT_EQ(types.of("mask"), onnx::TensorProto::BOOL);
  EXPECT_EQ(types.of("unknown"), onnx::TensorProto::UNDEFINED);
}

}  // namespace
}  // namespace quantbench::graph
