#include "quantbench/calibrate/sensitivity.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "quantbench/base/error.h"
#include "quantbench/calibrate/calibrate.h"
#include "quantbench/model/architecture.h"
#include "quantbench/quantize/affine.h"
#include "support/graph_text.h"
#include "support/runnable_graph.h"
#include "support/tiny_models.h"

namespace quantbench::calibrate {
namespace {

void declare(onnx::ValueInfoProto& info, const std::string& name) {
  info.set_name(name);
  auto* tensor = info.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(onnx::TensorProto::FLOAT);
  tensor->mutable_shape()->add_dim()->set_dim_param("batch");
  tensor->mutable_shape()->add_dim()->set_dim_value(4);
}

/// x + a -> y; y + b -> z; z + a -> out, all [batch, 4].
graph::Model three_adds() {
  graph::Model model;
  model.proto().set_ir_version(8);
  model.require_opset("", 13);
  model.graph() = test::graph_of({"y = Add(x, a)", "z = Add(y, b)", "out = Add(z, a)"});
  model.graph().set_name("three");
  for (const char* name : {"x", "a", "b"}) declare(*model.graph().add_input(), name);
  declare(*model.graph().add_output(), "out");
  return model;
}

std::vector<Sample> random_samples(std::size_t count) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<Sample> samples(count);
  for (Sample& sample : samples) {
    for (const char* name : {"x", "a", "b"}) {
      std::vector<float> values(4);
      for (float& value : values) value = normal(random);
      sample.push_back({name, {{1, 4}, values}});
    }
  }
  return samples;
}

const quantize::Ranges kRanges{{"x", {-3, 3}}, {"a", {-3, 3}},     {"b", {-3, 3}},
                               {"y", {-4, 4}}, {"z", {-300, 300}}, {"out", {-6, 6}}};

float rounded(float x, float low, float high) {
  const quantize::Affine map = quantize::affine_of_range(
      low, high, quantize::limits_of(quantize::QuantType::kInt8, false, false), false);
  const float q = std::clamp(std::nearbyint(x / map.scale) + static_cast<float>(map.zero_point),
                             -128.0F, 127.0F);
  return (q - static_cast<float>(map.zero_point)) * map.scale;
}

SensitivityOptions adds_only() {
  SensitivityOptions options;
  options.quantization["operators_to_quantize"] = {"Add"};
  return options;
}

class SensitivityOfFormat : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Formats, SensitivityOfFormat, testing::Values("QDQ", "QOperator"),
                         [](const auto& one) { return one.param; });

TEST_P(SensitivityOfFormat, own_output_ratio_is_that_of_the_operator_quantized_by_hand) {
  const auto samples = random_samples(50);
  SensitivityOptions options = adds_only();
  options.quantization["format"] = GetParam();
  const auto result =
      rank_operators(three_adds(), kRanges, in_batches(samples, {.batch_size = 1}), options);
  double ratios = 0;
  for (const Sample& sample : samples) {
    double signal = 0;
    double noise = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const float x = std::get<0>(sample[0].tensor.values)[i];
      const float a = std::get<0>(sample[1].tensor.values)[i];
      const float y = rounded(rounded(x, -3, 3) + rounded(a, -3, 3), -4, 4);
      signal += (x + a) * (x + a);
      noise += (x + a - y) * (x + a - y);
    }
    ratios += 10 * std::log10(signal / noise);
  }
  const auto first = std::ranges::find(result.operators, std::string("Add_0"), &Sensitivity::node);
  ASSERT_NE(first, result.operators.end());
  // The step of y is 4/3 of the step of x and a. A quarter of the sums are therefore ties, which
  // integers and floats round differently.
  const double tolerance = GetParam() == "QDQ" ? 0.01 : 0.5;
  EXPECT_NEAR(first->local_sqnr_db, ratios / 50, tolerance);
  EXPECT_EQ(result.samples, 50U);
}

// In float, x + 0 is x. QLinearAdd adds multiples of the output's step, and cancels a zero point of
// about 1e38 steps. The integer operator therefore loses a signal that the Q/DQ pair keeps.
TEST(Sensitivity, quantizes_each_operator_in_the_format_that_was_asked_for) {
  auto samples = random_samples(20);
  for (Sample& sample : samples) sample[1].tensor.values = std::vector<float>(4, 0);  // a
  quantize::Ranges ranges = kRanges;
  ranges["a"] = {-3.4e38F, 0};
  const auto rank = [&](const char* format) {
    SensitivityOptions options = adds_only();
    options.quantization["format"] = format;
    const auto result =
        rank_operators(three_adds(), ranges, in_batches(samples, {.batch_size = 1}), options);
    return *std::ranges::find(result.operators, std::string("Add_0"), &Sensitivity::node);
  };
  const Sensitivity pairs = rank("QDQ");
  const Sensitivity integers = rank("QOperator");
  EXPECT_GT(pairs.local_sqnr_db, 20);
  EXPECT_GT(*pairs.output_sqnr_db, 20);
  EXPECT_LT(integers.local_sqnr_db, 0);
  EXPECT_LT(*integers.output_sqnr_db, 0);
}

TEST(Sensitivity, puts_the_operator_with_the_coarsest_range_first) {
  const auto samples = random_samples(20);
  const auto result =
      rank_operators(three_adds(), kRanges, in_batches(samples, {.batch_size = 1}), adds_only());
  ASSERT_EQ(result.operators.size(), 3U);
  // z is coarse: the operator that makes it and the one that reads it suffer; Add_0 does not.
  EXPECT_EQ(result.operators.back().node, "Add_0");
  for (const Sensitivity& one : result.operators) EXPECT_TRUE(one.output_sqnr_db.has_value());
  EXPECT_LT(*result.operators[0].output_sqnr_db, *result.operators[2].output_sqnr_db - 20);
}

TEST(Sensitivity, at_the_model_output_equals_own_output_for_the_last_operator) {
  // One sample: over several, one figure is a ratio of sums and the other a mean of ratios.
  const auto samples = random_samples(1);
  const auto result =
      rank_operators(three_adds(), kRanges, in_batches(samples, {.batch_size = 1}), adds_only());
  const auto last = std::ranges::find(result.operators, std::string("Add_2"), &Sensitivity::node);
  ASSERT_NE(last, result.operators.end());
  EXPECT_NEAR(*last->output_sqnr_db, last->local_sqnr_db, 0.01);
}

TEST(Sensitivity, ranks_every_operator_of_a_transformer) {
  test::TinyModel tiny("bert");
  const graph::Model model = model::export_onnx(checkpoint::Checkpoint::open(tiny.write()),
                                                {.task = "text-classification", .opset = 11});
  const quantize::Approach& approach = quantize::approaches().get("static");
  SensitivityOptions options{.approach = &approach};
  options.quantization["operators_to_quantize"] = {"Add", "MatMul"};
  options.verify = 3;
  std::vector<Sample> samples;
  for (const std::vector<std::int64_t>& ids :
       {std::vector<std::int64_t>{1, 5, 7, 2}, std::vector<std::int64_t>{1, 9, 2}}) {
    const std::vector<std::int64_t> shape{1, static_cast<std::int64_t>(ids.size())};
    samples.push_back({{"input_ids", {shape, ids}},
                       {"attention_mask", {shape, std::vector<std::int64_t>(ids.size(), 1)}},
                       {"token_type_ids", {shape, std::vector<std::int64_t>(ids.size(), 0)}}});
  }
  const Batches batches = in_batches(samples, {.batch_size = 1});
  const auto tensors = approach.tensors_to_calibrate(model, options.quantization);
  const Result calibration = run(model, tensors, batches, {});
  const auto ranges = calibration.methods[0].ranges;
  double last_share = 0;
  options.progress = [&](double share) { last_share = share; };
  const auto result = rank_operators(model, ranges, batches, options);
  graph::Model all = model.clone();
  EXPECT_EQ(static_cast<int>(result.operators.size()),
            approach.quantize(all, options.quantization, ranges).quantized_count());
  EXPECT_EQ(std::ranges::count_if(result.operators,
                                  [](const auto& one) { return one.output_sqnr_db.has_value(); }),
            3);
  EXPECT_EQ(last_share, 1);
  EXPECT_EQ(result.to_json()["operators"].size(), result.operators.size());
}

TEST(Sensitivity, ranks_the_default_operators_around_those_that_only_move_values) {
  graph::Model model =
      test::runnable({"a = MatMul(x, w)", "b = Reshape(a, shape)", "y = MatMul(b, w)"},
                     {{"x", {1, 4}}}, {{"y", {1, 4}}});
  model.set_initializer(test::wave_constant("w", {4, 4}));
  model.set_initializer(graph::Initializer::make<std::int64_t>("shape", {2}, {1, 4}));
  const Batches batches = [](const std::function<void(const Batch&)>& consume) {
    consume({{{"x", {{1, 4}, test::wave(4)}}}, 1});
  };
  const SensitivityOptions options;
  const auto tensors = quantize::tensors_to_calibrate_each(model, quantize::StaticOptions{});
  const auto ranges = run(model, tensors, batches, {}).methods.at(0).ranges;
  const auto result = rank_operators(model, ranges, batches, options);
  std::vector<std::string> names;
  for (const Sensitivity& one : result.operators) names.push_back(one.node);
  EXPECT_THAT(names, testing::UnorderedElementsAre("MatMul_0", "MatMul_2"));
  for (const Sensitivity& one : result.operators) {
    EXPECT_LT(*one.output_sqnr_db, 60);  // quantized, both of them
    EXPECT_GT(*one.output_sqnr_db, 20);
  }
}

TEST(Sensitivity, says_when_nothing_would_be_quantized) {
  SensitivityOptions options;
  options.quantization["operators_to_quantize"] = {"MatMul"};
  const auto samples = random_samples(1);
  EXPECT_THROW(rank_operators(three_adds(), kRanges, in_batches(samples, {}), options), Error);
}

TEST(WorstOperators, are_named_as_the_pass_that_names_nodes_does) {
  const auto samples = random_samples(20);
  const Batches batches = in_batches(samples, {.batch_size = 1});
  const auto& approach = quantize::approaches().get(quantize::calibrating_approaches().at(0));
  const Json options{{"operators_to_quantize", {"Add"}}};
  const graph::Model named = three_adds();
  const WorstOperators worst = worst_operators(named, kRanges, batches, approach, options);
  // z has a range that is far too wide.
  EXPECT_THAT(worst.names, testing::UnorderedElementsAre("Add_0", "Add_1", "Add_2"));
  EXPECT_NE(worst.names.back(), "Add_1");
  EXPECT_EQ(worst.naming_pass, "");

  graph::Model unnamed = three_adds();
  for (onnx::NodeProto& node : *unnamed.graph().mutable_node()) node.clear_name();
  const WorstOperators found = worst_operators(unnamed, kRanges, batches, approach, options);
  EXPECT_EQ(found.names, worst.names);
  EXPECT_EQ(found.naming_pass, "name_nodes");
  const Batches none = [](const auto&) {};
  EXPECT_THAT(worst_operators(named, kRanges, none, approach, options).names, testing::IsEmpty());
}

}  // namespace
}  // namespace quantbench::calibrate
