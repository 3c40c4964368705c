#include "quantbench/graph/version_conversion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/runnable_graph.h"

namespace quantbench::graph {
namespace {

using testing::HasSubstr;

TEST(ConvertOpset, raises_the_operator_set_and_keeps_weights_where_they_are) {
  Model model =
      test::runnable({"a = MatMul(x, w)", "y = Add(a, b)"}, {{"x", {2, 32}}}, {{"y", {2, 32}}}, 9);
  model.set_initializer(test::wave_constant("w", {32, 32}));
  model.set_initializer(test::wave_constant("b", {32}));
  const std::byte* const bytes = model.find_initializer("w")->data.bytes.data();
  ASSERT_EQ(convert_opset(model, 13), "");
  EXPECT_EQ(model.opset(), 13);
  EXPECT_EQ(model.find_initializer("w")->data.bytes.data(), bytes);
  EXPECT_EQ(model.find_initializer("b")->element_count(), 32);
  EXPECT_EQ(model.graph().input_size(), 1);
  EXPECT_EQ(model.graph().node_size(), 2);
}

TEST(ConvertOpset, turns_attributes_into_inputs_where_the_operator_did) {
  Model model = test::runnable({"y = Clip(x)"}, {{"x", {2}}}, {{"y", {2}}}, 9);
  auto& least = *model.graph().mutable_node(0)->add_attribute();
  least.set_name("min");
  least.set_type(onnx::AttributeProto::FLOAT);
  least.set_f(0.5F);
  ASSERT_EQ(convert_opset(model, 13), "");
  const onnx::NodeProto* clip = nullptr;
  for (const auto& node : model.graph().node()) {
    if (node.op_type() == "Clip") clip = &node;
  }
  ASSERT_NE(clip, nullptr);
  EXPECT_GT(clip->input_size(), 1);
}

TEST(ConvertOpset, refuses_local_functions_and_leaves_the_model_as_it_is) {
  Model model = test::runnable({"y = Neg(x)"}, {{"x", {2}}}, {{"y", {2}}}, 9);
  model.proto().add_functions()->set_name("f");
  EXPECT_THAT(convert_opset(model, 13), HasSubstr("local functions"));
  EXPECT_EQ(model.opset(), 9);
}

}  // namespace
}  // namespace quantbench::graph
