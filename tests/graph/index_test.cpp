#include "quantbench/graph/index.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace quantbench::graph {
namespace {

TEST(Index, knows_the_maker_and_the_readers_of_a_tensor) {
  onnx::GraphProto graph;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        node { name: "a" op_type: "Relu" input: "x" output: "y" }
        node { name: "b" op_type: "Mul" input: "y" input: "y" output: "z" }
        node { name: "c" op_type: "Clip" input: "y" input: "" output: "w" }
        input { name: "x" }
        output { name: "z" }
      )pb",
      &graph));
  const Index index(graph);
  EXPECT_EQ(index.producer("y"), &graph.node(0));
  EXPECT_EQ(index.producer("x"), nullptr);
  EXPECT_EQ(index.consumers("y"),
            (std::vector<const onnx::NodeProto*>{&graph.node(1), &graph.node(1), &graph.node(2)}));
  EXPECT_TRUE(index.consumers("z").empty());
  EXPECT_TRUE(index.consumers("").empty());
  EXPECT_TRUE(index.is_graph_input("x"));
  EXPECT_TRUE(index.is_graph_output("z"));
  EXPECT_FALSE(index.is_graph_output("y"));
}

}  // namespace
}  // namespace quantbench::graph
