#include "quantbench/graph/wiring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantbench/graph/edit.h"
#include "quantbench/graph/unused.h"
#include "support/graph_text.h"

namespace quantbench::graph {
namespace {

using ::testing::ElementsAre;

TEST(Wiring, follows_reads_names_and_new_nodes) {
  onnx::GraphProto graph = test::graph_of({"a = Relu(x)", "b = Mul(a, a)", "y = Add(a, b)"});
  Wiring wiring(graph);
  EXPECT_EQ(wiring.readers("a").size(), 3U);
  wiring.replace_reads("a", "q");
  EXPECT_THAT(graph.node(1).input(), ElementsAre("q", "q"));
  EXPECT_TRUE(wiring.readers("a").empty());
  EXPECT_EQ(wiring.readers("q").size(), 3U);
  wiring.add(make_node("Identity", {"a"}, {"q"}, "new"));
  EXPECT_EQ(wiring.producer("q")->name(), "new");
  wiring.replace_reads_of(*graph.mutable_node(2), "q", "r");
  EXPECT_EQ(wiring.readers("q").size(), 2U);
  wiring.rename_made("b", "c");
  EXPECT_EQ(graph.node(1).output(0), "c");
  EXPECT_EQ(wiring.producer("b"), nullptr);
  EXPECT_EQ(wiring.producer("c"), graph.mutable_node(1));
}

TEST(Wiring, drops_the_removed_nodes_and_keeps_the_order_of_the_others) {
  onnx::GraphProto graph = test::graph_of({"a = Relu(x)", "b = Relu(a)", "c = Relu(b)"});
  Wiring wiring(graph);
  wiring.remove(*graph.mutable_node(1));
  EXPECT_EQ(wiring.producer("b"), nullptr);
  EXPECT_TRUE(wiring.readers("a").empty());
  wiring.drop_removed();
  ASSERT_EQ(graph.node_size(), 2);
  EXPECT_EQ(graph.node(0).output(0), "a");
  EXPECT_EQ(graph.node(1).output(0), "c");
}

TEST(Wiring, forgets_what_a_removed_node_reads_by_input_and_by_subgraph) {
  onnx::GraphProto graph = test::graph_of({"a = Relu(x)", "b = If(a, a)", "y = Add(a, x)"});
  auto& branch = *graph.mutable_node(1)->add_attribute();
  branch.set_name("then_branch");
  branch.set_type(onnx::AttributeProto::GRAPH);
  *branch.mutable_g() = test::graph_of({"w = Relu(a)"});
  Wiring wiring(graph);
  EXPECT_EQ(wiring.readers("a").size(), 4U);
  wiring.remove(*graph.mutable_node(1));
  EXPECT_THAT(wiring.readers("a"), ElementsAre(graph.mutable_node(2)));
  wiring.replace_reads_of(*graph.mutable_node(2), "a", "x");
  wiring.replace_reads_of(*graph.mutable_node(2), "x", "a");
  EXPECT_EQ(wiring.readers("a").size(), 2U);
  EXPECT_EQ(wiring.readers("x").size(), 1U);
}

// Each node reads what all read, and one node reads what each of them makes. Walking along either
// list for each of them takes minutes.
TEST(Wiring, takes_out_a_hundred_thousand_readers_of_one_tensor) {
  constexpr int kNodes = 100'000;
  onnx::GraphProto graph;
  onnx::NodeProto join = make_node("Concat", {}, {"y"}, "join");
  for (int i = 0; i < kNodes; ++i) {
    const std::string name = "a" + std::to_string(i);
    *graph.add_node() = make_node("Identity", {"x"}, {name}, name);
    join.add_input(name);
  }
  *graph.add_node() = join;
  Wiring wiring(graph);
  int bypassed = 0;
  for (int i = 0; i < kNodes; ++i) bypassed += wiring.bypass(*graph.mutable_node(i)) ? 1 : 0;
  EXPECT_EQ(bypassed, kNodes);
  EXPECT_EQ(wiring.readers("x").size(), static_cast<std::size_t>(kNodes));
  wiring.drop_removed();
  ASSERT_EQ(graph.node_size(), 1);
  EXPECT_EQ(graph.node(0).input(0), "x");
  EXPECT_EQ(graph.node(0).input(kNodes - 1), "x");
}

TEST(UnusedInitializers, go_with_their_inputs_but_not_those_of_outputs_or_subgraphs) {
  Model model;
  model.graph() = test::graph_of({"y = Add(x, used)", "z = If(x)", "made = Relu(x)"});
  auto& branch = *model.graph().mutable_node(1)->add_attribute();
  branch.set_name("then_branch");
  branch.set_type(onnx::AttributeProto::GRAPH);
  *branch.mutable_g() = test::graph_of({"w = Relu(captured)"});
  model.graph().add_output()->set_name("given");
  for (const char* name : {"used", "unused", "captured", "given", "made"}) {
    model.set_initializer(Initializer::scalar(name, 1.0F));
  }
  model.graph().add_input()->set_name("unused");
  model.graph().add_input()->set_name("x");
  EXPECT_EQ(remove_unused_initializers(model), 2);
  EXPECT_THAT(model.initializer_names(), ElementsAre("used", "captured", "given"));
  ASSERT_EQ(model.graph().input_size(), 1);
  EXPECT_EQ(model.graph().input(0).name(), "x");
}

}  // namespace
}  // namespace quantbench::graph
