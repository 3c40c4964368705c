#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <thread>

#include "quantbench/base/error.h"
#include "quantbench/base/parallel.h"
#include "quantbench/calibrate/calibrator.h"

namespace quantbench::calibrate {
namespace {

std::vector<float> normal(std::size_t count, float mean, float deviation, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> distribution(mean, deviation);
  std::vector<float> values(count);
  for (float& value : values) value = distribution(random);
  return values;
}

TensorStatistics gather(const std::vector<std::vector<float>>& batches, const Needs& needs,
                        Collection collection, Workspace workspace = {}) {
  TensorStatistics statistics(needs, collection);
  for (const auto& batch : batches) statistics.add(Selection(batch), workspace);
  if (statistics.needs_second_pass()) {
    for (const auto& batch : batches) statistics.add_again(Selection(batch), workspace);
  }
  return statistics;
}

quantize::Range range_of(const std::string& method, const std::vector<std::vector<float>>& batches,
                         const MethodOptions& options = {},
                         Collection collection = Collection::kEachBatch) {
  const Calibrator& calibrator = calibrators().get(method);
  return calibrator.range(gather(batches, calibrator.needs(options), collection), options);
}

TEST(Calibrators, minmax_is_the_extent_of_all_batches) {
  const auto range = range_of("minmax", {{1, 2, -1}, {0.5F}, {3, -0.25F}});
  EXPECT_EQ(range.low, -1);
  EXPECT_EQ(range.high, 3);
}

TEST(Calibrators, minmax_can_be_symmetric) {
  MethodOptions options;
  options.symmetric = true;
  const auto range = range_of("minmax", {{1, 2, -4}}, options);
  EXPECT_EQ(range.low, -4);
  EXPECT_EQ(range.high, 4);
}

TEST(Calibrators, moving_average_follows_the_batches_slowly) {
  MethodOptions options;
  options.averaging_constant = 0.25;
  const auto range = range_of("moving_average", {{0, 4}, {-4, 8}}, options);
  EXPECT_EQ(range.low, -1);
  EXPECT_EQ(range.high, 5);
}

TEST(Calibrators, moving_average_of_batches_collected_at_once_is_their_mean) {
  const auto range = range_of("moving_average", {{0, 4}, {-4, 8}}, {}, Collection::kAllAtOnce);
  EXPECT_EQ(range.low, -2);
  EXPECT_EQ(range.high, 6);
}

TEST(Calibrators, percentile_cuts_the_share_it_is_told) {
  const std::vector<float> values = normal(400000, 0, 1, 3);
  MethodOptions options;
  options.percentile = 99;
  const auto range = range_of("percentile", {values}, options);
  std::vector<float> magnitudes = values;
  for (float& value : magnitudes) value = std::fabs(value);
  std::nth_element(magnitudes.begin(), magnitudes.begin() + 396000, magnitudes.end());
  EXPECT_NEAR(range.high, magnitudes[396000], 0.01);
  EXPECT_EQ(range.low, -range.high);
}

TEST(Calibrators, asymmetric_percentile_cuts_half_of_the_share_from_either_end) {
  std::vector<float> values = normal(400000, 2, 1, 4);
  MethodOptions options;
  options.percentile = 99;
  options.symmetric = false;
  const auto range = range_of("percentile", {values}, options);
  std::sort(values.begin(), values.end());
  EXPECT_NEAR(range.low, values[2000], 0.02);
  EXPECT_NEAR(range.high, values[398000], 0.02);
}

TEST(Calibrators, share_the_histogram_when_their_needs_are_equal) {
  Needs needs = calibrators().get("percentile").needs({});
  MethodOptions other;
  other.percentile = 99.9;
  needs.merge(calibrators().get("percentile").needs(other));
  needs.merge(calibrators().get("entropy").needs({}));
  EXPECT_EQ(needs.histograms.size(), 2U);
}

TEST(Calibrators, mse_loses_no_more_than_one_part_in_fifty_above_the_best_range) {
  std::vector<float> values = normal(100000, 0, 1, 6);
  for (std::size_t i = 0; i < 10; ++i) values[i * 1000] = 30.0F;
  const auto loss = [&](float low, float high) {
    const double scale = (static_cast<double>(high) - low) / 255;
    const double zero = std::nearbyint(-low / scale);
    double error = 0;
    for (const float x : values) {
      const double q = std::clamp(std::nearbyint(x / scale) + zero, 0.0, 255.0);
      error += std::pow((q - zero) * scale - x, 2);
    }
    return error;
  };
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  double best = loss(*least, *greatest);
  for (int step = 1; step <= 400; ++step) {
    const float share = static_cast<float>(step) / 400;
    best = std::min(best, loss(*least * share, *greatest * share));
  }
  const auto range = range_of("mse", {values});
  EXPECT_LT(loss(range.low, range.high), best * 1.02);
  EXPECT_LT(loss(range.low, range.high), loss(*least, *greatest) * 0.999);
}

TEST(Calibrators, name_the_key_of_an_option_out_of_range) {
  MethodOptions options;
  options.percentile = 101;
  try {
    calibrators().get("percentile").needs(options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.where(), "calibration.calibration_histogram_percentile");
  }
  options.averaging_constant = -1;
  EXPECT_THROW(calibrators().get("moving_average").needs(options), Error);
  options.quantized_bins = 0;
  EXPECT_THROW(calibrators().get("entropy").needs(options), Error);
}

TEST(TensorStatistics, are_the_same_with_several_threads) {
  Needs needs;
  needs.histograms = {{HistogramSpec::Of::kMagnitude, 2048}, {HistogramSpec::Of::kValue, 128}};
  const std::vector<std::vector<float>> batches{normal(300000, 0, 1, 1), normal(500000, 0, 2, 2),
                                                normal(17, 0, 9, 3), normal(400000, 0, 2, 4)};
  const auto one = gather(batches, needs, Collection::kEachBatch);
  const auto three =
      gather(batches, needs, Collection::kEachBatch,
             Workspace(3, [](std::size_t count, const std::function<void(std::size_t)>& body) {
               parallel_for(count, 3, body);
             }));
  for (const HistogramSpec& spec : needs.histograms) {
    EXPECT_TRUE(std::ranges::equal(one.histogram(spec).counts(), three.histogram(spec).counts()));
    EXPECT_TRUE(std::ranges::equal(one.histogram(spec).edges(), three.histogram(spec).edges()));
  }
  EXPECT_EQ(one.extent().low, three.extent().low);
}

TEST(TensorStatistics, tell_what_share_a_range_clips) {
  Needs needs;
  needs.histograms = {{HistogramSpec::Of::kValue, 2048}};
  const auto statistics = gather({normal(200000, 0, 1, 9)}, needs, Collection::kEachBatch);
  EXPECT_NEAR(statistics.clipped({-1.96F, 1.96F}).value(), 0.05, 0.002);
  EXPECT_EQ(statistics.clipped({-100, 100}).value(), 0);
  const auto bare = gather({normal(1000, 0, 1, 9)}, {}, Collection::kEachBatch);
  EXPECT_EQ(bare.clipped({-1, 1}), std::nullopt);
}

}  // namespace
}  // namespace quantbench::calibrate
