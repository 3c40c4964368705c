#include "quantbench/graph/contents.h"

#include <gmock/gmock.h>

#include "quantbench/graph/type_names.h"
#include "support/runnable_graph.h"

namespace quantbench::graph {
namespace {

using test::runnable;
using test::wave_constant;
using testing::ElementsAre;
using testing::Pair;

Model example() {
  Model model = runnable({"s = Add(x, w)", "y = Relu(s)"}, {{"x", {-1, 4}}}, {{"y", {-1, 4}}});
  model.set_initializer(wave_constant("w", {4}));
  return model;
}

TEST(Contents, have_inputs_outputs_and_operators) {
  const Contents contents = contents_of(example());
  ASSERT_EQ(contents.inputs.size(), 1U);
  EXPECT_EQ(contents.inputs[0].name, "x");
  EXPECT_EQ(contents.inputs[0].type, "float32");
  EXPECT_EQ(contents.inputs[0].shape, Json::parse(R"(["n", 4])"));
  EXPECT_EQ(contents.nodes, 2);
  EXPECT_THAT(contents.operators, ElementsAre(Pair("Add", 1), Pair("Relu", 1)));
  EXPECT_THAT(contents.opsets, ElementsAre(Pair("ai.onnx", 13)));
  EXPECT_THAT(contents.constants, ElementsAre(Pair("float32", TensorSizes{1, 4, 16})));
}

TEST(Contents, an_initializer_among_the_inputs_is_not_an_input) {
  Model model = example();
  test::declare(*model.graph().add_input(), {"w", {4}});
  EXPECT_EQ(contents_of(model).inputs.size(), 1U);
}

TEST(Contents, count_constants_of_nodes_and_of_subgraphs) {
  Model model = example();
  onnx::NodeProto& constant = *model.graph().add_node();
  constant.set_op_type("Constant");
  constant.add_output("two");
  auto& value = *constant.add_attribute();
  value.set_name("value");
  value.mutable_t()->set_data_type(onnx::TensorProto::FLOAT16);
  value.mutable_t()->add_dims(2);
  auto& attribute = *model.graph().mutable_node(0)->add_attribute();
  attribute.set_name("body");
  *attribute.mutable_g() = test::graph_of({"a = Neg(x)"});
  auto& inner = *attribute.mutable_g()->add_initializer();
  inner.set_data_type(onnx::TensorProto::INT8);
  inner.add_dims(3);
  const Contents contents = contents_of(model);
  EXPECT_EQ(contents.subgraphs, 1);
  EXPECT_EQ(contents.nodes, 4);
  EXPECT_THAT(contents.constants, ElementsAre(Pair("float16", TensorSizes{1, 2, 4}),
                                              Pair("float32", TensorSizes{1, 4, 16}),
                                              Pair("int8", TensorSizes{1, 3, 3})));
}

TEST(Contents, name_the_models_functions_and_operators_of_other_domains) {
  Model model = example();
  model.graph().mutable_node(1)->set_domain("pkg");
  auto& function = *model.proto().add_functions();
  function.set_domain("pkg");
  function.set_name("Relu");
  function.add_node()->set_op_type("Max");
  const Contents contents = contents_of(model);
  EXPECT_THAT(contents.operators, ElementsAre(Pair("Add", 1), Pair("pkg.Relu", 1)));
  ASSERT_EQ(contents.functions.size(), 1U);
  EXPECT_EQ(contents.functions[0].name, "pkg.Relu");
  EXPECT_EQ(contents.functions[0].nodes, 1);
}

TEST(Contents, types_that_are_not_tensors_have_words) {
  Model model = example();
  auto& type = *model.graph().mutable_output(0)->mutable_type();
  type.mutable_sequence_type()->mutable_elem_type()->mutable_tensor_type()->set_elem_type(
      onnx::TensorProto::INT64);
  const Contents contents = contents_of(model);
  EXPECT_EQ(contents.outputs[0].type, "sequence of int64");
  EXPECT_TRUE(contents.outputs[0].shape.is_null());
}

TEST(TypeNames, cover_the_types_that_the_headers_do_not_have) {
  EXPECT_EQ(element_type_name(onnx::TensorProto::DOUBLE), "float64");
  EXPECT_EQ(element_type_name(22), "int4");
  EXPECT_EQ(element_type_name(999), "unknown");
  EXPECT_EQ(element_type_name(-1), "unknown");
  EXPECT_EQ(precision_name(onnx::TensorProto::UINT8), "int8");
  EXPECT_EQ(bits_of(22), 4);
  EXPECT_EQ(bits_of(onnx::TensorProto::STRING), 0);
}

}  // namespace
}  // namespace quantbench::graph
