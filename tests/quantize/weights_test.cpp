#include "quantbench/quantize/weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "quantbench/base/error.h"

namespace quantbench::quantize {
namespace {

using ::testing::ElementsAre;

graph::Initializer weight(std::vector<std::int64_t> shape, std::vector<float> values) {
  return graph::Initializer::make("w", std::move(shape), std::move(values));
}

std::vector<int> signed_values(const QuantizedWeight& quantized) {
  const auto values = quantized.values.values<std::int8_t>();
  return {values.begin(), values.end()};
}

TEST(Affine, an_asymmetric_map_includes_zero_and_puts_it_on_an_integer) {
  EXPECT_EQ(affine_of_range(1, 3, {0, 255}, false), (Affine{3.0F / 255, 0}));
  EXPECT_EQ(affine_of_range(-1, 3, {0, 255}, false), (Affine{4.0F / 255, 64}));
  EXPECT_EQ(affine_of_range(-3, -1, {-128, 127}, false), (Affine{3.0F / 255, 127}));
}

TEST(Affine, a_symmetric_map_is_centred) {
  EXPECT_EQ(affine_of_range(-1, 4, {-127, 127}, true), (Affine{8.0F / 254, 0}));
  EXPECT_EQ(affine_of_range(-1, 4, {0, 255}, true), (Affine{8.0F / 255, 128}));
}

TEST(Affine, the_difference_of_the_ends_does_not_overflow) {
  constexpr float kMost = std::numeric_limits<float>::max();
  EXPECT_TRUE(std::isfinite(affine_of_range(-kMost, kMost, {-128, 127}, false).scale));
}

TEST(Affine, a_range_too_small_for_a_scale_gives_the_identity) {
  EXPECT_EQ(affine_of_range(0, 0, {-128, 127}, false), Affine{});
  EXPECT_EQ(affine_of_range(0, 1e-38F, {0, 255}, false), Affine{});
}

TEST(Weights, are_rounded_half_to_even_and_clipped) {
  // The scale is 1: halves fall on even integers.
  const QuantizedWeight found = quantize_weight(weight({6}, {-127, -1.5F, -0.5F, 0.5F, 1.5F, 2.5F}),
                                                {.type = QuantType::kInt8});
  EXPECT_THAT(signed_values(found), ElementsAre(-127, -2, 0, 0, 2, 2));
  EXPECT_EQ(found.values.name, "w_quantized");
  EXPECT_EQ(found.scale.name, "w_scale");
  EXPECT_EQ(found.zero_point.name, "w_zero_point");
  EXPECT_TRUE(found.scale.shape.empty());
}

TEST(Weights, reduce_range_uses_seven_bits) {
  const QuantizedWeight found =
      quantize_weight(weight({2}, {-64, 32}), {.symmetric = true, .reduce_range = true});
  EXPECT_THAT(signed_values(found), ElementsAre(-64, 32));
}

TEST(Weights, a_channel_has_a_scale_of_its_own_along_any_axis) {
  const auto matrix = weight({2, 3}, {127, 10, 0, -127, 1, 0});
  const QuantizedWeight columns = quantize_weight(matrix, {.axis = 1});
  EXPECT_THAT(columns.scale.shape, ElementsAre(3));
  EXPECT_THAT(signed_values(columns), ElementsAre(127, 127, 0, -127, 13, 0));
  const QuantizedWeight last = quantize_weight(matrix, {.axis = -1});
  EXPECT_EQ(signed_values(last), signed_values(columns));
  const QuantizedWeight rows = quantize_weight(matrix, {.axis = 0});
  EXPECT_THAT(rows.scale.shape, ElementsAre(2));
  EXPECT_THAT(signed_values(rows), ElementsAre(127, 10, 0, -127, 1, 0));
}

TEST(Weights, long_runs_give_what_short_ones_give) {
  // Longer than the lanes of the vectorized loop, and not a multiple of them.
  std::vector<float> values;
  for (int i = 0; i < 1003; ++i) values.push_back(std::sin(static_cast<float>(i)) * 2);
  const QuantizedWeight whole = quantize_weight(weight({1003}, values), {});
  const float scale = whole.scale.values<float>()[0];
  const std::vector<int> quantized = signed_values(whole);
  double signal = 0;
  double error = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(quantized[i], static_cast<int>(std::nearbyint(values[i] / scale))) << i;
    signal += std::pow(values[i], 2);
    error += std::pow(values[i] - scale * static_cast<float>(quantized[i]), 2);
  }
  EXPECT_NEAR(whole.sqnr_db, 10 * std::log10(signal / error), 1e-3);
}

TEST(Weights, unsigned_values_have_a_zero_point) {
  const QuantizedWeight found =
      quantize_weight(weight({3}, {-1, 0, 1}), {.type = QuantType::kUInt8, .symmetric = false});
  EXPECT_EQ(found.zero_point.values<std::uint8_t>()[0], 128);
  const auto values = found.values.values<std::uint8_t>();
  EXPECT_THAT(std::vector<int>(values.begin(), values.end()), ElementsAre(1, 128, 255));
}

TEST(Weights, are_finite_when_no_value_is_infinite_or_nan_wherever_it_stands) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kLargest = std::numeric_limits<float>::max();
  for (const std::size_t size : {1U, 5U, 4096U, 9001U}) {
    const auto constant = [&](std::size_t at, float value) {
      std::vector<float> values(size, -kLargest);
      values[at] = value;
      return graph::Initializer::make("w", {static_cast<std::int64_t>(size)}, std::move(values));
    };
    EXPECT_TRUE(all_finite(constant(0, 0.0F)));
    for (const float value : {kInfinity, -kInfinity, std::nanf("")}) {
      for (const std::size_t at : {std::size_t{0}, size / 2, size - 1}) {
        EXPECT_FALSE(all_finite(constant(at, value))) << value << " at " << at << " of " << size;
      }
    }
  }
}

TEST(Weights, what_loses_nothing_has_an_infinite_ratio) {
  EXPECT_TRUE(std::isinf(quantize_weight(weight({2}, {127, -3}), {}).sqnr_db));
}

TEST(Weights, an_empty_tensor_is_quantized_to_an_empty_tensor) {
  const QuantizedWeight found = quantize_weight(weight({0, 4}, {}), {});
  EXPECT_EQ(found.scale.values<float>()[0], 1);
  EXPECT_EQ(found.values.element_count(), 0);
}

TEST(Weights, an_empty_tensor_of_enormous_dimensions_costs_no_time) {
  constexpr std::int64_t kEnormous = std::int64_t{1} << 40;
  EXPECT_EQ(quantize_weight(weight({kEnormous, 0}, {}), {.axis = 1}).scale.element_count(), 0);
  EXPECT_THROW(quantize_weight(weight({0, kEnormous}, {}), {.axis = 1}), Error);
}

TEST(Weights, faults_name_the_tensor) {
  const auto message = [](const graph::Initializer& bad, const WeightScheme& scheme) {
    try {
      quantize_weight(bad, scheme);
      return std::string("nothing was thrown");
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(message(weight({1}, {std::nanf("")}), {}),
            "weight 'w': has a value that is not a finite number");
  EXPECT_EQ(message(weight({1}, {1}), {.axis = 1}),
            "weight 'w': per-channel axis 1 is outside its rank 1");
}

}  // namespace
}  // namespace quantbench::quantize
