#include <gtest/gtest.h>

#include "quantbench/base/error.h"
#include "quantbench/runtime/session.h"
#include "support/graph_text.h"

namespace quantbench::runtime {
namespace {

graph::Model layer_norm() {
  graph::Model model;
  model.proto().set_ir_version(8);
  model.require_opset("", 13);
  model.graph() = test::graph_of({"mean = ReduceMean(x)", "centred = Sub(x, mean)",
                                  "squared = Pow(centred, two)", "variance = ReduceMean(squared)",
                                  "padded = Add(variance, epsilon)", "deviation = Sqrt(padded)",
                                  "normal = Div(centred, deviation)",
                                  "weighted = Mul(normal, gamma)", "y = Add(weighted, beta)"});
  model.graph().set_name("g");
  for (const int node : {0, 3}) {
    auto& axes = *model.graph().mutable_node(node)->add_attribute();
    axes.set_name("axes");
    axes.set_type(onnx::AttributeProto::INTS);
    axes.add_ints(-1);
  }
  for (const auto& [name, list] : {std::pair{"x", model.graph().mutable_input()},
                                   std::pair{"y", model.graph().mutable_output()}}) {
    auto& value = *list->Add();
    value.set_name(name);
    auto& type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    type.mutable_shape()->add_dim()->set_dim_param("batch");
    type.mutable_shape()->add_dim()->set_dim_value(2);
  }
  model.set_initializer(graph::Initializer::scalar("two", 2.0F));
  model.set_initializer(graph::Initializer::scalar("epsilon", 1e-5F));
  model.set_initializer(graph::Initializer::make<float>("gamma", {2}, {1, 2}));
  model.set_initializer(graph::Initializer::make<float>("beta", {2}, {0, 1}));
  return model;
}

TEST(FuseOperators, makes_one_operator_of_a_layer_normalization) {
  const graph::Model fused = fusing_runtime().fuse(layer_norm());
  ASSERT_EQ(fused.graph().node_size(), 1);
  EXPECT_EQ(fused.graph().node(0).op_type(), "LayerNormalization");
  const auto gamma = fused.find_initializer("gamma")->values<float>();
  EXPECT_EQ(std::vector<float>(gamma.begin(), gamma.end()), (std::vector<float>{1, 2}));
}

TEST(FuseOperators, says_why_when_the_runtime_does_not_take_the_model) {
  graph::Model model = layer_norm();
  model.graph().mutable_node(1)->set_op_type("Sup");
  EXPECT_THROW(fusing_runtime().fuse(model), Error);
}

}  // namespace
}  // namespace quantbench::runtime
