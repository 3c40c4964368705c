#include "quantbench/runtime/model_interface.h"

#include <gmock/gmock.h>

#include <cmath>

#include "support/message_of.h"
#include "support/runnable_graph.h"

namespace quantbench::runtime {
namespace {

using onnx::TensorProto;
using quantbench::test::message_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Tensor integers(std::vector<std::int64_t> shape, std::vector<std::int64_t> values) {
  return {std::move(shape), std::move(values)};
}

const std::vector<float>& values_of(const Tensor& tensor) {
  return std::get<std::vector<float>>(tensor.values);
}

TEST(ModelInterface, is_what_the_graph_declares) {
  graph::Model model = test::runnable(
      {"y = MatMul(x, w)"}, {{"x", {-1, 4}}, {"w", {4, 2}}, {"ids", {1, 3}, TensorProto::INT32}},
      {{"y", {-1, 2}}});
  model.set_initializer(test::wave_constant("w", {4, 2}));
  const ModelInterface interface = interface_of(model);
  ASSERT_EQ(interface.inputs.size(), 2U);
  EXPECT_EQ(interface.inputs[0].name, "x");
  EXPECT_TRUE(interface.inputs[0].is_float);
  EXPECT_THAT(interface.inputs[0].shape, ElementsAre(-1, 4));
  EXPECT_EQ(interface.inputs[1].type, ElementType::kInt32);
  ASSERT_EQ(interface.outputs.size(), 1U);
  EXPECT_THAT(interface.outputs[0].shape, ElementsAre(-1, 2));
}

TEST(Session, converts_integers_and_floats_to_the_types_of_the_models_inputs) {
  for (const int type :
       {TensorProto::INT64, TensorProto::INT32, TensorProto::INT8, TensorProto::UINT8,
        TensorProto::FLOAT, TensorProto::DOUBLE, TensorProto::FLOAT16, TensorProto::BOOL}) {
    const graph::Model model =
        test::runnable({"y = Identity(x)"}, {{"x", {-1, 2}, type}}, {{"y", {-1, 2}, type}});
    const auto session = observing_runtime().open_graph(model, {});
    const auto outputs = session->run({{"x", integers({1, 2}, {1, 0})}});
    EXPECT_THAT(values_of(outputs[0]), ElementsAre(1, 0)) << type;
    EXPECT_NO_THROW(session->bind({{"x", integers({1, 2}, {1, 0})}})->run()) << type;
  }
}

TEST(Session, refuses_an_integer_that_does_not_fit) {
  const graph::Model model = test::runnable({"y = Identity(x)"}, {{"x", {1}, TensorProto::INT32}},
                                            {{"y", {1}, TensorProto::INT32}});
  const auto session = observing_runtime().open_graph(model, {});
  EXPECT_THAT(
      message_of([&] {
        session->run({{"x", integers({1}, {std::int64_t{1} << 31})}});
      }),
      HasSubstr(
          "input 'x': the value 2147483648 does not fit the model's integer type of 32 bits"));
}

TEST(InType, rounds_floats_to_halves_as_ieee_does) {
  const std::vector<float> given = {1,     -2.5F,        65504,        65520,   1e-8F,
                                    6e-8F, 1 + 0x1p-11F, 1 + 0x3p-11F, INFINITY};
  const Tensor halves = in_type({{9}, given}, ElementType::kFloat16);
  const OtherValues& other = *std::get<std::shared_ptr<const OtherValues>>(halves.values);
  const TensorView view{ElementType::kFloat16, halves.shape, other.bytes.data(), 9};
  EXPECT_THAT(view.to_float(),
              ElementsAre(1, -2.5F, 65504, INFINITY, 0, 0x1p-24F, 1, 1 + 0x1p-9F, INFINITY));
}

/// y = x * (row number + 1) within a batch of two.
graph::Model batches_of_two() {
  graph::Model model = test::runnable({"f = Cast(x)", "y = Mul(f, w)"},
                                      {{"x", {2, 3}, TensorProto::INT64}}, {{"y", {2, 3}}});
  auto* to = model.graph().mutable_node(0)->add_attribute();
  to->set_name("to");
  to->set_type(onnx::AttributeProto::INT);
  to->set_i(TensorProto::FLOAT);
  model.set_initializer(graph::Initializer::make<float>("w", {1, 1}, {2}));
  return model;
}

TEST(AnyBatch, runs_a_larger_batch_in_parts_and_fills_a_smaller_one_up) {
  const graph::Model model = batches_of_two();
  const auto session = with_any_batch(observing_runtime().open_graph(model, {}));
  EXPECT_THAT(session->inputs()[0].shape, ElementsAre(-1, 3));
  const auto one = session->run({{"x", integers({1, 3}, {1, 2, 3})}});
  EXPECT_THAT(one[0].shape, ElementsAre(1, 3));
  EXPECT_THAT(values_of(one[0]), ElementsAre(2, 4, 6));
  const auto three = session->run({{"x", integers({3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})}});
  EXPECT_THAT(three[0].shape, ElementsAre(3, 3));
  EXPECT_THAT(values_of(three[0]), ElementsAre(2, 4, 6, 8, 10, 12, 14, 16, 18));
  std::vector<std::int64_t> seen;
  session->run_visit({{"x", integers({3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})}},
                     [&](std::size_t, const TensorView& view) {
                       seen.assign(view.shape.begin(), view.shape.end());
                     });
  EXPECT_THAT(seen, ElementsAre(3, 3));
  EXPECT_NO_THROW(session->bind({{"x", integers({3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})}})->run());
}

TEST(FixedBatch, is_the_first_size_that_all_inputs_share) {
  EXPECT_EQ(fixed_batch({{"a", false, {2, 8}}, {"b", false, {2, -1}}}), 2);
  EXPECT_EQ(fixed_batch({{"a", false, {-1, 8}}}), 0);
  EXPECT_EQ(fixed_batch({{"a", false, {2, 8}}, {"b", false, {-1, 8}}}), 0);
  EXPECT_EQ(fixed_batch({{"a", false, {1}}}), 0) << "a vector has no batch";
}

}  // namespace
}  // namespace quantbench::runtime
