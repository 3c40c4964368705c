#include "quantbench/quantize/affine.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quantbench::quantize {

Limits limits_of(QuantType type, bool symmetric, bool reduce_range) {
  if (type == QuantType::kUInt8) return reduce_range ? Limits{0, 127} : Limits{0, 255};
  if (reduce_range) return {-64, 64};
  return symmetric ? Limits{-127, 127} : Limits{-128, 127};
}

Affine affine_of_range(float low, float high, Limits limits, bool symmetric) {
  low = std::min(low, 0.0F);
  high = std::max(high, 0.0F);
  if (symmetric) {
    high = std::max(std::abs(low), std::abs(high));
    low = -high;
  }
  const double range = static_cast<double>(high) - static_cast<double>(low);
  const double scale = range / (limits.high - limits.low);
  if (scale < std::numeric_limits<float>::min()) return {};
  // nearbyint rounds half to even, like NumPy.
  const double zero_point = symmetric ? std::nearbyint((limits.low + limits.high) / 2.0)
                                      : std::nearbyint(limits.low - low / scale);
  return {static_cast<float>(scale), static_cast<std::int32_t>(zero_point)};
}

bool stays_within(const Affine& map, Limits limits, float low, float high) {
  constexpr double kRounding = 0.51;  // steps; half a step, computed in floating point
  const double step = map.scale;
  const auto real = [&](int integer) { return step * (integer - map.zero_point); };
  return real(limits.low) >= low - kRounding * step && real(limits.high) <= high + kRounding * step;
}

}  // namespace quantbench::quantize
