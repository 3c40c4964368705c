// Inputs of every element type, and graphs with constants that nothing reads.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantbench/runtime/generated_inputs.h"
#include "quantbench/runtime/session.h"
#include "support/runnable_graph.h"

namespace quantbench::runtime {
namespace {

TEST(Inputs, of_every_element_type_reach_the_runtime) {
  using onnx::TensorProto;
  for (const int type :
       {TensorProto::FLOAT, TensorProto::DOUBLE, TensorProto::FLOAT16, TensorProto::INT8,
        TensorProto::UINT8, TensorProto::INT16, TensorProto::UINT16, TensorProto::INT32,
        TensorProto::UINT32, TensorProto::INT64, TensorProto::UINT64, TensorProto::BOOL,
        TensorProto::STRING}) {
    const graph::Model model =
        test::runnable({"y = Identity(x)"}, {{"x", {2, 3}, type}}, {{"y", {2, 3}, type}});
    const auto inputs = generate_inputs(model);
    ASSERT_TRUE(inputs.has_value()) << type;
    const auto session = observing_runtime().open_graph(model, {});
    std::size_t elements = 0;
    session->run_visit(*inputs,
                       [&](std::size_t, const TensorView& view) { elements = view.element_count; });
    EXPECT_EQ(elements, 6U) << type;
  }
}

TEST(InMemoryModel, opens_although_nothing_reads_a_large_constant) {
  graph::Model model =
      test::runnable({"y = Neg(x)"}, {{"x", {2}}, {"listed", {1024}}}, {{"y", {2}}});
  model.set_initializer(test::wave_constant("unused", {1024}));
  model.set_initializer(test::wave_constant("listed", {1024}));
  const auto session = observing_runtime().open_graph(model, {});
  ASSERT_EQ(session->inputs().size(), 1U);
  EXPECT_EQ(session->inputs()[0].name, "x");
}

}  // namespace
}  // namespace quantbench::runtime
