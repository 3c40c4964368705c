#pragma once

#include <cstdint>
#include <limits>
#include <span>

namespace quantbench::calibrate {

/// Minimum and maximum of a tensor's finite values. NaN and infinities are counted separately,
/// because a quantization range cannot include them and they would spoil the statistics.
struct Extent {
  float low = std::numeric_limits<float>::infinity();
  float high = -std::numeric_limits<float>::infinity();
  /// Smallest |x|.
  float least_magnitude = std::numeric_limits<float>::infinity();
  std::uint64_t finite = 0;
  std::uint64_t non_finite = 0;

  bool empty() const { return finite == 0; }
  /// Largest |x|.
  float magnitude() const { return low < 0 && -low > high ? -low : high; }
  void merge(const Extent& other);
};

/// One pass over `values`, limited by memory bandwidth.
Extent extent_of(std::span<const float> values);

}  // namespace quantbench::calibrate
