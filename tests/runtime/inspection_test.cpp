#include "quantbench/runtime/inspection.h"

#include <gmock/gmock.h>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "support/runnable_graph.h"

namespace quantbench::runtime {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

graph::Model example() {
  graph::Model model =
      test::runnable({"m = MatMul(x, w)", "y = Relu(m)"}, {{"x", {-1, 4}}}, {{"y", {-1, 4}}});
  model.set_initializer(test::wave_constant("w", {4, 4}));
  return model;
}

Inspection inspected(const graph::Model& model) {
  const TemporaryDirectory directory;
  model.save(directory.path() / "model.onnx");
  return inspect(model, directory.path() / "model.onnx", observing_runtime(),
                 {.optimization_level = 99});
}

std::vector<Difference> between(const graph::Model& before, const graph::Model& after) {
  return differences(before, inspected(before), after, inspected(after));
}

TEST(Inspection, has_the_file_and_what_runs) {
  const Inspection inspection = inspected(example());
  EXPECT_EQ(inspection.contents.nodes, 2);
  ASSERT_TRUE(inspection.execution);
  EXPECT_EQ(inspection.failure, "");
  const auto groups = by_precision(*inspection.execution);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].precision, "float32");
  EXPECT_EQ(groups[0].products, 1);
}

TEST(Inspection, of_a_model_that_the_runtime_refuses_has_the_file_and_the_reason) {
  graph::Model model = example();
  model.graph().mutable_node(1)->set_op_type("Rely");
  const Inspection inspection = inspected(model);
  EXPECT_EQ(inspection.contents.operators.at("Rely"), 1);
  EXPECT_FALSE(inspection.execution);
  EXPECT_THAT(inspection.failure, HasSubstr("Rely"));
}

TEST(Inspection, groups_have_the_most_products_first) {
  const graph::NodeArithmetic add{.op_type = "Add", .precision = "float32"};
  const graph::NodeArithmetic product{
      .op_type = "MatMulInteger", .precision = "int8", .is_product = true};
  const auto groups = by_precision({{add, add, add, product}});
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].precision, "int8");
  EXPECT_EQ(groups[1].operators, 3);
  EXPECT_EQ(groups[1].kinds.at("Add"), 3);
}

TEST(Differences, of_a_model_to_itself_are_none) {
  EXPECT_THAT(between(example(), example()), IsEmpty());
}

TEST(Differences, name_what_changed) {
  graph::Model other = example();
  other.proto().set_producer_name("pen");
  other.graph().mutable_node(1)->set_op_type("Tanh");
  other.set_initializer(test::wave_constant("w", {4, 4}, 2));
  other.set_initializer(test::wave_constant("unused", {2}));
  auto& entry = *other.proto().add_metadata_props();
  entry.set_key("task");
  entry.set_value("any");
  const auto found = between(example(), other);
  EXPECT_THAT(found, Contains(Difference{"file", "producer", "", "pen"}));
  EXPECT_THAT(found, Contains(Difference{"metadata", "task", "", "any"}));
  EXPECT_THAT(found, Contains(Difference{"operator", "Relu", "1", ""}));
  EXPECT_THAT(found, Contains(Difference{"operator", "Tanh", "", "1"}));
  EXPECT_THAT(found, Contains(Difference{"constant", "unused", "", "float32 [2]"}));
  EXPECT_THAT(
      found, Contains(Difference{"constant", "w", "float32 [4,4]", "float32 [4,4], other values"}));
  EXPECT_THAT(found, Contains(Difference{"executed operator", "Tanh in float32", "", "1"}));
}

TEST(Differences, of_inputs_are_their_types_and_shapes) {
  graph::Model other = example();
  other.graph()
      .mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(0)
      ->set_dim_value(3);
  EXPECT_THAT(between(example(), other),
              ElementsAre(Difference{"input", "x", R"(float32 ["n",4])", "float32 [3,4]"}));
}

}  // namespace
}  // namespace quantbench::runtime
