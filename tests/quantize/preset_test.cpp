#include "quantbench/quantize/preset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantbench/calibrate/parameters.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/quantize/static.h"
#include "quantbench/spec/schema.h"
#include "support/graph_text.h"

namespace quantbench::quantize {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

spec::Node node_of(const Json& value) {
  spec::Node node;
  if (value.is_array()) {
    node.kind = spec::Node::Kind::kList;
    for (const Json& item : value) node.items.push_back(node_of(item));
  } else {
    node.scalar = value;
  }
  return node;
}

/// Each value is one that its parameter may have.
void expect_valid(const Json& values, const Parameters& parameters, const std::string& preset) {
  for (const auto& [name, value] : values.items()) {
    const Parameter* parameter = find_parameter(parameters, name);
    ASSERT_NE(parameter, nullptr) << preset << ": " << name;
    EXPECT_EQ(parameter->name, name);
    EXPECT_NO_THROW(spec::check_value(*parameter, node_of(value), name)) << preset << ": " << name;
    EXPECT_EQ(failed_condition(*parameter, effective_values(parameters, values)), nullptr)
        << preset << ": " << name;
  }
}

TEST(Presets, have_values_that_a_spec_could_give) {
  int checked = 0;
  for (const std::string& approach : approaches().names()) {
    const Parameters parameters = approaches().get(approach).parameters();
    for (const auto& [name, options] : find_parameter(parameters, "preset")->fills) {
      Json own = options;
      expect_valid(options.value("calibration", Json::object()),
                   calibrate::calibration_parameters(), name);
      own.erase("calibration");
      expect_valid(own, parameters, name);
      ++checked;
    }
  }
  EXPECT_GE(checked, 8);
}

TEST(Presets, fill_in_what_is_not_given) {
  const Parameters parameters = approaches().get("static").parameters();
  const Json filled = fills_of(parameters, {{"preset", "matmul_inputs"},
                                            {"per_channel", false},
                                            {"calibration", {{"mask_padding", false}}}});
  EXPECT_EQ(filled.value("activation_type", ""), "uint8");
  EXPECT_FALSE(filled.contains("per_channel"));
  EXPECT_EQ(filled["calibration"],
            Json({{"calibration_padding", "longest"}, {"least_token_sqnr", 10}}));
  EXPECT_EQ(fills_of(parameters, {{"per_channel", false}}), Json::object());
}

/// A layer of a transformer: attention, a sum and a linear layer with bias.
graph::Model layer() {
  graph::Model model;
  model.require_opset("", 13);
  model.graph() = test::graph_of({"q = MatMul(x, w)", "qb = Add(q, bias)", "k = Transpose(x)",
                                  "s = MatMul(qb, k)", "p = Softmax(s)", "c = MatMul(p, qb)",
                                  "r = Add(c, x)", "y = Gemm(r, w, bias)"});
  const auto declare = [](onnx::ValueInfoProto& value, const char* name) {
    value.set_name(name);
    value.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  };
  declare(*model.graph().add_input(), "x");
  declare(*model.graph().add_output(), "y");
  model.set_initializer(graph::Initializer::make<float>("w", {2, 2}, {1, -2, 3, -4}));
  model.set_initializer(graph::Initializer::make<float>("bias", {2}, {0.5F, -0.5F}));
  return model;
}

Json options_of(const std::string& preset) {
  Json options = fills_of(approaches().get("static").parameters(), {{"preset", preset}});
  options.erase("calibration");
  return options;
}

TEST(MatMulInputs, quantizes_inputs_of_products_and_nothing_else) {
  const Approach& approach = approaches().get("static");
  const Json options = options_of("matmul_inputs");
  EXPECT_THAT(approach.tensors_to_calibrate(layer(), options),
              ElementsAre("x", "qb", "k", "p", "r"));
  graph::Model model = layer();
  Ranges ranges;
  for (const char* tensor : {"x", "qb", "k", "p", "r"}) ranges[tensor] = {-1, 3};
  const Report report = approach.quantize(model, options, ranges);
  EXPECT_THAT(report.quantized_nodes, ElementsAre("MatMul_0", "MatMul_3", "MatMul_5", "Gemm_7"));
  EXPECT_NE(model.find_initializer("bias"), nullptr);
  EXPECT_EQ(model.find_initializer("x_zero_point")->type, onnx::TensorProto::UINT8);
  EXPECT_EQ(model.find_initializer("k_zero_point")->type, onnx::TensorProto::INT8);
  EXPECT_EQ(model.find_initializer("w_scale")->shape, std::vector<std::int64_t>{2});
}

TEST(MatMulInputs, is_advised_where_more_is_quantized) {
  const Approach& approach = approaches().get("static");
  // Of x, q, k, s, p, c, qb, r and y: q, s, c and y.
  EXPECT_THAT(approach.advice(layer(), {{"operators_to_quantize", {"Add", "MatMul", "Gemm"}}}),
              ElementsAre(PresetAdvice{"matmul_inputs", 9, 4}));
  EXPECT_THAT(approach.advice(layer(), options_of("matmul_inputs")), IsEmpty());
  graph::Model without_attention = layer();
  without_attention.graph() = test::graph_of({"q = MatMul(x, w)", "y = Add(q, bias)"});
  EXPECT_THAT(approach.advice(without_attention, Json::object()), IsEmpty());
}

TEST(OptimumPresets, of_u8_weights_are_of_static_quantization_only) {
  const Parameters dynamic = approaches().get("dynamic").parameters();
  EXPECT_THAT(find_parameter(dynamic, "preset")->allowed,
              ElementsAre("arm64", "avx512", "avx512_vnni"));
}

}  // namespace
}  // namespace quantbench::quantize
