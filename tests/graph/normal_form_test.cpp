#include "quantbench/graph/normal_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantbench/base/error.h"
#include "support/runnable_graph.h"

namespace quantbench::graph {
namespace {

using testing::ElementsAre;

TEST(Normalize, takes_initializers_out_of_the_inputs_of_ir_versions_before_4) {
  Model model =
      test::runnable({"y = MatMul(x, w)"}, {{"x", {2, 2}}, {"w", {2, 2}}}, {{"y", {2, 2}}});
  model.proto().set_ir_version(3);
  model.set_initializer(test::wave_constant("w", {2, 2}));
  normalize(model);
  EXPECT_EQ(model.proto().ir_version(), 4);
  EXPECT_THAT(model.input_names(), ElementsAre("x"));
  EXPECT_EQ(model.graph().input_size(), 1);
}

TEST(Normalize, keeps_inputs_with_a_default_value_of_later_ir_versions) {
  Model model =
      test::runnable({"y = MatMul(x, w)"}, {{"x", {2, 2}}, {"w", {2, 2}}}, {{"y", {2, 2}}});
  model.set_initializer(test::wave_constant("w", {2, 2}));
  normalize(model);
  EXPECT_EQ(model.proto().ir_version(), 8);
  EXPECT_EQ(model.graph().input_size(), 2);
}

TEST(Normalize, orders_nodes_and_shortens_the_default_domain) {
  Model model = test::runnable({"y = Relu(a)", "a = Neg(x)"}, {{"x", {2}}}, {{"y", {2}}});
  model.graph().mutable_node(1)->set_domain("ai.onnx");
  normalize(model);
  EXPECT_THAT(test::kinds(model), ElementsAre("Neg", "Relu"));
  EXPECT_EQ(model.graph().node(0).domain(), "");
}

TEST(Normalize, imports_the_default_set_beside_others) {
  Model model = test::runnable({"y = Binarizer(x)"}, {{"x", {2}}}, {{"y", {2}}});
  model.graph().mutable_node(0)->set_domain("ai.onnx.ml");
  model.proto().mutable_opset_import(0)->set_domain("ai.onnx.ml");
  model.proto().mutable_opset_import(0)->set_version(1);
  ASSERT_EQ(model.opset(), 1);
  normalize(model);
  EXPECT_EQ(model.opset(), 13);
  EXPECT_EQ(model.proto().opset_import(0).version(), 1);

  // Models of before there were imports have the default set's first version.
  Model old = test::runnable({"y = Neg(x)"}, {{"x", {2}}}, {{"y", {2}}});
  old.proto().clear_opset_import();
  normalize(old);
  EXPECT_EQ(old.opset(), 1);
}

TEST(Normalize, names_the_parts_of_a_split_that_nobody_reads) {
  Model model = test::runnable({"y,  = Split(x)"}, {{"x", {4}}}, {{"y", {2}}});
  ASSERT_EQ(model.graph().node(0).output(1), "");
  normalize(model);
  EXPECT_EQ(model.graph().node(0).output(1), "Split_0_unused");
}

TEST(Normalize, names_the_parts_of_a_split_in_a_body) {
  Model model = test::runnable({"y = If(x)"}, {{"x", {1}}}, {{"y", {2}}});
  onnx::AttributeProto& body = *model.graph().mutable_node(0)->add_attribute();
  body.set_name("then_branch");
  body.set_type(onnx::AttributeProto::GRAPH);
  *body.mutable_g() = test::graph_of({", a = Split(x)", "b = Identity(a)"});
  normalize(model);
  EXPECT_EQ(model.graph().node(0).attribute(0).g().node(0).output(0), "Split_0_unused");
}

TEST(Normalize, tells_nodes_of_one_name_apart) {
  Model model =
      test::runnable({"a = Neg(x)", "b = Neg(a)", "y = Neg(b)"}, {{"x", {4}}}, {{"y", {4}}});
  for (onnx::NodeProto& node : *model.graph().mutable_node()) node.set_name("same");
  normalize(model);
  EXPECT_EQ(model.graph().node(0).name(), "same");
  EXPECT_NE(model.graph().node(1).name(), "same");
  EXPECT_NE(model.graph().node(2).name(), "same");
  EXPECT_NE(model.graph().node(1).name(), model.graph().node(2).name());
}

TEST(Normalize, refuses_a_cycle) {
  Model model = test::runnable({"a = Neg(y)", "y = Neg(a)"}, {}, {{"y", {2}}});
  EXPECT_THROW(normalize(model), Error);
}

}  // namespace
}  // namespace quantbench::graph
