#include "quantbench/calibrate/extent.h"

#include <algorithm>
#include <cmath>

#include "quantbench/base/simd.h"

namespace quantbench::calibrate {

namespace {

/// Independent running results, so the loop vectorizes without reordering floating point.
constexpr std::size_t kLanes = 32;

struct Lanes {
  float low[kLanes];
  float high[kLanes];
  float least[kLanes];
  /// NaN after adding an infinity or NaN: x * 0 is 0 for every finite x.
  float probe[kLanes];
};

QUANTBENCH_VECTORIZED
void scan(const float* values, std::size_t steps, Lanes& lanes) {
  Lanes local = lanes;
  for (std::size_t step = 0; step < steps; ++step, values += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float x = values[lane];
      const float magnitude = std::fabs(x);
      // In this order a NaN does not change the running value.
      local.low[lane] = x < local.low[lane] ? x : local.low[lane];
      local.high[lane] = x > local.high[lane] ? x : local.high[lane];
      local.least[lane] = magnitude < local.least[lane] ? magnitude : local.least[lane];
      local.probe[lane] += x * 0.0F;
    }
  }
  lanes = local;
}

Extent scan_slowly(std::span<const float> values) {
  Extent extent;
  for (const float x : values) {
    if (!std::isfinite(x)) {
      ++extent.non_finite;
      continue;
    }
    ++extent.finite;
    extent.low = std::min(extent.low, x);
    extent.high = std::max(extent.high, x);
    extent.least_magnitude = std::min(extent.least_magnitude, std::fabs(x));
  }
  return extent;
}

}  // namespace

void Extent::merge(const Extent& other) {
  low = std::min(low, other.low);
  high = std::max(high, other.high);
  least_magnitude = std::min(least_magnitude, other.least_magnitude);
  finite += other.finite;
  non_finite += other.non_finite;
}

Extent extent_of(std::span<const float> values) {
  const std::size_t steps = values.size() / kLanes;
  const auto rest = values.subspan(steps * kLanes);
  Extent extent = scan_slowly(rest);
  if (steps == 0) return extent;

  Lanes lanes;
  const Extent nothing;
  std::fill_n(lanes.low, kLanes, nothing.low);
  std::fill_n(lanes.high, kLanes, nothing.high);
  std::fill_n(lanes.least, kLanes, nothing.least_magnitude);
  std::fill_n(lanes.probe, kLanes, 0.0F);
  scan(values.data(), steps, lanes);

  Extent whole;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    if (std::isnan(lanes.probe[lane])) return scan_slowly(values);
    whole.low = std::min(whole.low, lanes.low[lane]);
    whole.high = std::max(whole.high, lanes.high[lane]);
    whole.least_magnitude = std::min(whole.least_magnitude, lanes.least[lane]);
  }
  whole.finite = steps * kLanes;
  extent.merge(whole);
  return extent;
}

}  // namespace quantbench::calibrate
