#include "quantbench/calibrate/histogram.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace quantbench::calibrate {
namespace {

using testing::ElementsAre;
using Of = HistogramSpec::Of;

std::vector<float> normal(std::size_t count, float deviation, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> distribution(0.0F, deviation);
  std::vector<float> values(count);
  for (float& value : values) value = distribution(random);
  return values;
}

void collect(Histogram& histogram, std::span<const float> values) {
  histogram.widen(extent_of(values));
  Tally tally;
  histogram.begin(tally);
  histogram.count(values, tally);
  histogram.add(tally);
  histogram.settle();
}

/// The definition: bin i holds edges[i] <= x < edges[i + 1]; the last bin also holds its right
/// edge.
std::vector<std::int64_t> count_plainly(std::span<const float> values, std::span<const float> edges,
                                        bool magnitude) {
  std::vector<std::int64_t> counts(edges.size() - 1);
  for (float x : values) {
    if (magnitude) x = std::fabs(x);
    if (!(x >= edges.front() && x <= edges.back())) continue;
    const auto above = std::upper_bound(edges.begin(), edges.end(), x) - edges.begin();
    ++counts[std::min<std::size_t>(static_cast<std::size_t>(above), counts.size()) - 1];
  }
  return counts;
}

TEST(Histogram, counts_values_on_edges_to_the_right_and_the_greatest_in_the_last_bin) {
  Histogram histogram({Of::kMagnitude, 4});
  const std::vector<float> values{0, -1, 2, 3, -4, 0.5};
  collect(histogram, values);
  EXPECT_THAT(histogram.edges(), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(histogram.counts(), ElementsAre(2, 1, 1, 2));
}

TEST(Histogram, of_values_is_symmetric_around_zero) {
  Histogram histogram({Of::kValue, 4});
  const std::vector<float> values{-2, 0, 0.5, 1};
  collect(histogram, values);
  EXPECT_THAT(histogram.edges(), ElementsAre(-2, -1, 0, 1, 2));
  EXPECT_THAT(histogram.counts(), ElementsAre(1, 0, 2, 1));
}

TEST(Histogram, widens_by_bins_of_the_first_width_and_keeps_the_counts) {
  Histogram histogram({Of::kMagnitude, 4});
  collect(histogram, std::vector<float>{0, 4});
  collect(histogram, std::vector<float>{5.5F});
  EXPECT_THAT(histogram.edges(), ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_THAT(histogram.counts(), ElementsAre(1, 0, 0, 1, 0, 1));
}

TEST(Histogram, gives_one_repeated_value_a_bin) {
  Histogram histogram({Of::kMagnitude, 2});
  collect(histogram, std::vector<float>(100, 3.0F));
  EXPECT_THAT(histogram.edges(), ElementsAre(2.5F, 3.0F, 3.5F));
  EXPECT_THAT(histogram.counts(), ElementsAre(0, 100));
}

TEST(Histogram, takes_a_range_too_narrow_for_its_bins) {
  Histogram histogram({Of::kMagnitude, 2048});
  const std::vector<float> values{1.0F, std::nextafter(1.0F, 2.0F)};
  collect(histogram, values);
  EXPECT_EQ(histogram.total(), 2);
}

TEST(Histogram, agrees_with_a_search_of_every_value_among_the_edges) {
  for (const Of of : {Of::kMagnitude, Of::kValue}) {
    for (const std::size_t bins : {std::size_t{2}, std::size_t{128}, std::size_t{2048}}) {
      Histogram histogram({of, bins});
      std::vector<float> values = normal(100003, 3.0F, 7);
      for (std::size_t i = 0; i < values.size(); i += 5) values[i] = 0;
      collect(histogram, values);
      const auto expected = count_plainly(values, histogram.edges(), of == Of::kMagnitude);
      ASSERT_EQ(std::vector<std::int64_t>(histogram.counts().begin(), histogram.counts().end()),
                expected)
          << bins;
    }
  }
}

TEST(Histogram, agrees_with_a_search_after_growing_unevenly) {
  for (const Of of : {Of::kMagnitude, Of::kValue}) {
    Histogram histogram({of, 2048});
    collect(histogram, normal(1000, 0.013F, 1));
    for (const float deviation : {0.05F, 0.31F, 0.7F}) {
      collect(histogram, normal(50000, deviation, 2));
      const std::vector<float> values = normal(50000, deviation, 3);
      histogram.widen(extent_of(values));
      std::vector<std::int64_t> before(histogram.counts().begin(), histogram.counts().end());
      std::vector<std::int64_t> expected =
          count_plainly(values, histogram.edges(), of == Of::kMagnitude);
      Tally tally;
      histogram.begin(tally);
      histogram.count(values, tally);
      histogram.add(tally);
      histogram.settle();
      for (std::size_t i = 0; i < before.size(); ++i) expected[i] += before[i];
      ASSERT_EQ(std::vector<std::int64_t>(histogram.counts().begin(), histogram.counts().end()),
                expected);
    }
  }
}

TEST(Histogram, of_magnitudes_counts_before_it_widens_what_it_would_count_after) {
  const std::vector<float> first = normal(1000, 1.0F, 1);
  std::vector<float> values = normal(50000, 1.3F, 2);
  Histogram before({Of::kMagnitude, 2048});
  collect(before, first);
  values[7] = -before.edges().back();
  values[8] = std::numeric_limits<float>::infinity();
  std::fill(values.begin() + 64, values.begin() + 256, before.edges().back());
  Histogram after = before;
  Tally tally;
  before.begin(tally);
  before.count(values, tally);
  EXPECT_TRUE(tally.complete);
  EXPECT_EQ(tally.at_last, 193U);
  EXPECT_FALSE(tally.beyond.empty());
  EXPECT_TRUE(before.widen(extent_of(values)));
  before.add(tally);
  before.settle();
  collect(after, values);
  EXPECT_TRUE(std::ranges::equal(before.counts(), after.counts()));
  EXPECT_TRUE(std::ranges::equal(before.edges(), after.edges()));
}

TEST(Histogram, counts_values_placed_on_every_edge) {
  Histogram histogram({Of::kValue, 2048});
  histogram.widen(extent_of(std::vector<float>{-7.3F, 7.3F}));
  std::vector<float> values;
  for (const float edge : histogram.edges()) {
    values.push_back(edge);
    values.push_back(std::nextafter(edge, -100.0F));
    values.push_back(std::nextafter(edge, 100.0F));
  }
  collect(histogram, values);
  // The growth by one ulp at either end moved the edges; the definition must still hold.
  EXPECT_EQ(std::vector<std::int64_t>(histogram.counts().begin(), histogram.counts().end()),
            count_plainly(values, histogram.edges(), false));
}

TEST(Histogram, halves_its_resolution_rather_than_grow_without_bound) {
  for (const Of of : {Of::kMagnitude, Of::kValue}) {
    Histogram histogram({of, 2048});
    collect(histogram, std::vector<float>{0.0F, 1e-6F, -1e-6F});
    collect(histogram, std::vector<float>{-1e4F, 1e4F, 0.0F});
    EXPECT_LE(histogram.counts().size(), Histogram::kMostBins);
    EXPECT_GT(histogram.coarsenings(), 0);
    EXPECT_EQ(histogram.total(), 6);
  }
}

TEST(Histogram, survives_the_masks_that_fill_float32) {
  const float most = std::numeric_limits<float>::max();
  for (const Of of : {Of::kMagnitude, Of::kValue}) {
    Histogram histogram({of, 128});
    collect(histogram, std::vector<float>{0, 1, 2});
    collect(histogram, std::vector<float>{-most, 0, 1});
    EXPECT_LE(histogram.counts().size(), Histogram::kMostBins);
    EXPECT_GE(histogram.total(), 5);
    for (const float edge : histogram.edges()) ASSERT_TRUE(std::isfinite(edge));
  }
}

TEST(Histogram, of_magnitudes_that_begins_with_the_mask_reaches_it) {
  const float most = std::numeric_limits<float>::max();
  Histogram histogram({Of::kMagnitude, 128});
  collect(histogram, std::vector<float>{-most, 0, 1});
  EXPECT_EQ(histogram.edges().back(), most);
  EXPECT_EQ(histogram.counts().back(), 1);
  EXPECT_EQ(histogram.total(), 3);
}

TEST(Histogram, drops_what_is_not_finite) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> values(1000, 1.5F);
  values[3] = infinity;
  values[500] = -infinity;
  values[999] = nan;
  values[0] = 0;
  Histogram histogram({Of::kMagnitude, 16});
  collect(histogram, values);
  EXPECT_EQ(histogram.total(), 997);
}

TEST(Extent, ignores_what_is_not_finite_and_counts_it) {
  std::vector<float> values = normal(10007, 1.0F, 5);
  values[17] = 12.0F;
  values[10006] = -13.0F;
  values[40] = std::numeric_limits<float>::infinity();
  values[41] = std::numeric_limits<float>::quiet_NaN();
  const Extent extent = extent_of(values);
  EXPECT_EQ(extent.low, -13.0F);
  EXPECT_EQ(extent.high, 12.0F);
  EXPECT_EQ(extent.finite, 10005U);
  EXPECT_EQ(extent.non_finite, 2U);
  EXPECT_EQ(extent.magnitude(), 13.0F);
}

}  // namespace
}  // namespace quantbench::calibrate
