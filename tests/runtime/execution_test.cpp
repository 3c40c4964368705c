#include "quantbench/runtime/execution.h"

#include <gmock/gmock.h>

#include <csignal>
#include <cstdlib>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "support/message_of.h"
#include "support/runnable_graph.h"

namespace quantbench::runtime {
namespace {

using test::runnable;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr int kBasic = 1;
constexpr int kAll = 99;

graph::Initializer int8_weight(const std::string& name) {
  std::vector<std::int8_t> values(64);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int8_t>(3 * i - 90);
  return graph::Initializer::make<std::int8_t>(name, {8, 8}, std::move(values));
}

graph::Model with_scales(graph::Model model) {
  model.set_initializer(graph::Initializer::scalar("s", 0.02F));
  model.set_initializer(graph::Initializer::scalar("z", std::uint8_t{128}));
  model.set_initializer(graph::Initializer::scalar("ws", 0.01F));
  model.set_initializer(graph::Initializer::scalar("wz", std::int8_t{0}));
  model.set_initializer(int8_weight("w"));
  return model;
}

/// The weight is int8 in the file, the activation is not quantized.
graph::Model weight_only() {
  return with_scales(runnable({"d = DequantizeLinear(w, ws, wz)", "y = MatMul(x, d)"},
                              {{"x", {-1, 8}}}, {{"y", {-1, 8}}}));
}

/// QDQ: inputs, weight and output of the product.
graph::Model qdq() {
  return with_scales(runnable({"q = QuantizeLinear(x, s, z)", "a = DequantizeLinear(q, s, z)",
                               "d = DequantizeLinear(w, ws, wz)", "m = MatMul(a, d)",
                               "mq = QuantizeLinear(m, s, z)", "y = DequantizeLinear(mq, s, z)"},
                              {{"x", {-1, 8}}}, {{"y", {-1, 8}}}));
}

class ExecutionTest : public testing::Test {
 protected:
  std::filesystem::path saved(const graph::Model& model) const {
    const auto path = directory_.path() / "model.onnx";
    model.save(path);
    return path;
  }
  Execution execution(const graph::Model& model, int level) const {
    return execution_of(runtime_, saved(model), {.optimization_level = level});
  }
  std::vector<std::string> warnings(const graph::Model& model, int level) const {
    return precision_warnings(runtime_, saved(model), {.optimization_level = level});
  }
  static std::vector<graph::NodeArithmetic> products(const Execution& execution) {
    std::vector<graph::NodeArithmetic> out;
    for (const auto& one : execution.operators) {
      if (one.is_product) out.push_back(one);
    }
    return out;
  }

  const Runtime& runtime_ = observing_runtime();
  TemporaryDirectory directory_;
};

TEST_F(ExecutionTest, a_qdq_model_runs_in_int8_once_the_runtime_fuses_it) {
  const auto fused = products(execution(qdq(), kAll));
  ASSERT_EQ(fused.size(), 1U);
  EXPECT_EQ(fused[0].precision, "int8");
  EXPECT_EQ(fused[0].weight, "int8");
  EXPECT_THAT(warnings(qdq(), kAll), IsEmpty());
}

TEST_F(ExecutionTest, a_qdq_model_that_the_runtime_does_not_fuse_computes_in_float) {
  const auto left = products(execution(qdq(), kBasic));
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].precision, "float32");
  EXPECT_TRUE(left[0].dequantized_input);
  EXPECT_THAT(
      warnings(qdq(), kBasic),
      ElementsAre("stores int8 and computes in float32: the only operator with int8 weights "
                  "(MatMul) runs in float32; the runtime leaves their QuantizeLinear and "
                  "DequantizeLinear as they are"));
}

TEST_F(ExecutionTest, products_whose_weights_alone_are_quantized_compute_in_float) {
  EXPECT_THAT(
      warnings(weight_only(), kBasic),
      ElementsAre("stores int8 and computes in float32: the only operator with int8 weights "
                  "(MatMul) runs in float32; only their weights are quantized"));
}

TEST_F(ExecutionTest, all_optimizations_give_such_a_matmul_a_kernel_that_quantizes_its_input) {
  const auto fused = products(execution(weight_only(), kAll));
  ASSERT_EQ(fused.size(), 1U);
  EXPECT_EQ(fused[0].op_type, "com.microsoft.MatMulNBits");
  EXPECT_EQ(fused[0].precision, "int8");
  EXPECT_THAT(warnings(weight_only(), kAll), IsEmpty());
}

TEST_F(ExecutionTest, a_convolution_has_no_such_kernel) {
  graph::Model model = runnable({"d = DequantizeLinear(w, ws, wz)", "y = Conv(x, d)"},
                                {{"x", {1, 4, 5, 5}}}, {{"y", {1, 4, 4, 4}}});
  model.set_initializer(graph::Initializer::scalar("ws", 0.01F));
  model.set_initializer(graph::Initializer::scalar("wz", std::int8_t{0}));
  model.set_initializer(
      graph::Initializer::make<std::int8_t>("w", {4, 4, 2, 2}, std::vector<std::int8_t>(64, 7)));
  EXPECT_THAT(warnings(model, kAll),
              ElementsAre(StartsWith("stores int8 and computes in float32: the only operator with "
                                     "int8 weights (Conv) runs in float32; ")));
}

TEST_F(ExecutionTest, a_float_model_is_not_warned_of) {
  graph::Model model = runnable({"y = MatMul(x, w)"}, {{"x", {-1, 4}}}, {{"y", {-1, 4}}});
  model.set_initializer(test::wave_constant("w", {4, 4}));
  EXPECT_THAT(warnings(model, kAll), IsEmpty());
  const Execution told = execution(model, kAll);
  ASSERT_EQ(told.operators.size(), 1U);
  EXPECT_EQ(told.operators[0].precision, "float32");
  EXPECT_EQ(told.constants.at("float32").elements, 16);
}

TEST_F(ExecutionTest, a_model_that_the_runtime_refuses_has_a_reason) {
  graph::Model model = weight_only();
  model.graph().mutable_node(1)->set_op_type("MadMul");
  EXPECT_THAT(test::message_of([&] { execution(model, kAll); }), HasSubstr("MadMul"));
  EXPECT_THAT(warnings(model, kAll), IsEmpty());
}

/// As a runtime with a format of its own tells it: without the weights of its operators.
class TellingRuntime : public Runtime {
 public:
  explicit TellingRuntime(std::string precision) : precision_(std::move(precision)) {}
  std::unique_ptr<Session> open(const std::filesystem::path&,
                                const SessionOptions&) const override {
    return nullptr;
  }
  bool tells_precision() const override { return true; }
  Execution execution(const std::filesystem::path&, const SessionOptions&,
                      const std::filesystem::path&) const override {
    if (precision_.empty()) std::raise(SIGKILL);
    return {
        {{.name = "fc", .op_type = "FullyConnected", .precision = precision_, .is_product = true}}};
  }
  Json facts() const override { return Json::object(); }

 private:
  std::string precision_;
};

TEST_F(ExecutionTest, a_runtime_that_does_not_tell_weights_is_judged_by_its_products) {
  const auto model = saved(qdq());
  EXPECT_THAT(precision_warnings(TellingRuntime("int8"), model, {}), IsEmpty());
  EXPECT_THAT(precision_warnings(TellingRuntime("bfloat16"), model, {}),
              ElementsAre(StartsWith("stores int8 and computes in bfloat16: the only operator")));
}

TEST_F(ExecutionTest, a_crash_of_the_runtime_is_told) {
  EXPECT_THAT(test::message_of([&] { execution_of(TellingRuntime(""), saved(qdq()), {}); }),
              HasSubstr("the runtime crashed (Killed)"));
}

TEST(PrecisionWarnings, count_the_weights_that_are_turned_to_float_while_loading) {
  const graph::NodeArithmetic stored{.op_type = "Conv",
                                     .precision = "float32",
                                     .is_product = true,
                                     .weight = "int8",
                                     .weight_elements = 100};
  graph::NodeArithmetic kept = stored;
  kept.precision = "int8";
  graph::NodeArithmetic folded = stored;
  folded.weight = "float32";
  EXPECT_THAT(precision_warnings({stored, stored, stored}, {{kept, folded, folded}}),
              ElementsAre("stores int8 and computes in float32: 2 of 3 operators with int8 weights "
                          "(Conv) run in float32; the runtime turns their weights to float as it "
                          "loads them"));
  EXPECT_THAT(precision_warnings({stored}, {{kept, folded}}), IsEmpty());
}

TEST(PrecisionWarnings, half_precision_that_runs_in_float32_is_told_too) {
  const graph::NodeArithmetic stored{.op_type = "MatMul",
                                     .precision = "float16",
                                     .is_product = true,
                                     .weight = "float16",
                                     .weight_elements = 100};
  graph::NodeArithmetic widened = stored;
  widened.precision = "float32";
  EXPECT_THAT(precision_warnings({stored}, {{widened}}),
              ElementsAre("stores float16 and computes in float32: the only operator with float16 "
                          "weights (MatMul) runs in float32"));
  EXPECT_THAT(precision_warnings({stored}, {{stored}}), IsEmpty());
}

}  // namespace
}  // namespace quantbench::runtime
