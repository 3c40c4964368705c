#include "quantbench/runtime/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "quantbench/graph/edit.h"
#include "quantbench/runtime/generated_inputs.h"
#include "support/runnable_graph.h"

namespace quantbench::runtime {
namespace {

using testing::HasSubstr;

graph::Model scaled_by(float factor, const std::string& kind = "Mul") {
  graph::Model model =
      test::runnable({"y = " + kind + "(x, f)"}, {{"x", {-1, 4}}}, {{"y", {-1, 4}}});
  model.set_initializer(graph::Initializer::scalar("f", factor));
  return model;
}

std::vector<std::vector<NamedTensor>> inputs() {
  return {{{"x", {{1, 4}, std::vector<float>{1, 2, 3, 4}}}}};
}

TEST(Compare, gives_the_noise_at_each_output) {
  const Comparison equal = compare(scaled_by(1), scaled_by(1), inputs());
  EXPECT_EQ(equal.before_failed, "");
  EXPECT_EQ(equal.after_failed, "");
  EXPECT_EQ(equal.forwards, 1U);
  EXPECT_TRUE(std::isinf(equal.output_sqnr_db.at("y")));
  // A tenth of the amplitude is a hundredth of the energy.
  EXPECT_NEAR(compare(scaled_by(1), scaled_by(1.1F), inputs()).output_sqnr_db.at("y"), 20, 1e-3);
}

TEST(Compare, says_which_of_the_two_does_not_load) {
  const Comparison broken = compare(scaled_by(1), scaled_by(1, "Mull"), inputs());
  EXPECT_THAT(broken.after_failed, HasSubstr("Mull"));
  EXPECT_TRUE(broken.before_loaded);
  EXPECT_FALSE(broken.after_loaded);
  const Comparison never = compare(scaled_by(1, "Mull"), scaled_by(1), inputs());
  EXPECT_THAT(never.before_failed, HasSubstr("Mull"));
  EXPECT_FALSE(never.before_loaded);
  EXPECT_TRUE(never.after_loaded);
  EXPECT_EQ(never.after_failed, "");
}

TEST(Compare, survives_a_model_that_the_runtime_crashes_on) {
  // ONNX Runtime 1.32 crashes on a part of a Split without a name.
  graph::Model crashing = test::runnable({"y,  = Split(x)"}, {{"x", {1, 4}}}, {{"y", {1, 2}}});
  graph::set_attribute(*crashing.graph().mutable_node(0), "axis", 1);
  const Comparison after = compare(scaled_by(1), crashing, inputs());
  EXPECT_EQ(after.before_failed, "");
  EXPECT_THAT(after.after_failed, HasSubstr("crashed"));
  const Comparison before = compare(crashing, scaled_by(1), inputs());
  EXPECT_THAT(before.before_failed, HasSubstr("crashed"));
  EXPECT_EQ(before.after_failed, "");
  EXPECT_TRUE(before.after_loaded);
}

TEST(GenerateInputs, follow_types_shapes_and_tables) {
  graph::Model model = test::runnable({"e = Gather(table, ids)", "h = Cast(image)"},
                                      {{"ids", {-1, 3}, onnx::TensorProto::INT64},
                                       {"mask", {-1, 2}, onnx::TensorProto::BOOL},
                                       {"image", {-1, 3, -1, 5}, onnx::TensorProto::UINT8}},
                                      {{"e", {-1, 3, 2}}});
  model.set_initializer(test::wave_constant("table", {4, 2}));
  const auto made = generate_inputs(model);
  ASSERT_TRUE(made.has_value());
  ASSERT_EQ(made->size(), 3U);
  EXPECT_EQ((*made)[0].tensor.shape, (std::vector<std::int64_t>{1, 3}));
  for (const std::int64_t id : std::get<1>((*made)[0].tensor.values)) {
    EXPECT_GE(id, 0);
    EXPECT_LT(id, 4);
  }
  const OtherValues& mask = *std::get<2>((*made)[1].tensor.values);
  EXPECT_EQ(mask.bytes, (std::vector<std::byte>{std::byte{1}, std::byte{1}}));
  EXPECT_EQ((*made)[2].tensor.shape.at(1), 3);
}

TEST(GenerateInputs, give_up_on_what_is_no_tensor) {
  graph::Model model = test::runnable({"y = Neg(x)"}, {{"x", {1}}}, {{"y", {1}}});
  model.graph().mutable_input(0)->mutable_type()->mutable_sequence_type();
  EXPECT_FALSE(generate_inputs(model).has_value());
}

}  // namespace
}  // namespace quantbench::runtime
