#include "quantbench/quantize/weights.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "quantbench/base/error.h"

namespace quantbench::quantize {

namespace {

/// A tensor seen as [outer, channels, inner] around the channel axis; one channel without axis.
struct Layout {
  std::size_t outer = 1;
  std::size_t channels = 1;
  std::size_t inner = 1;
};

Layout layout_of(const graph::Initializer& weight, const std::optional<std::int64_t>& axis) {
  Layout layout;
  if (!axis) {
    layout.inner = static_cast<std::size_t>(weight.element_count());
    return layout;
  }
  const auto rank = static_cast<std::int64_t>(weight.shape.size());
  const std::int64_t at = *axis < 0 ? *axis + rank : *axis;
  if (at < 0 || at >= rank) {
    throw Error("per-channel axis " + std::to_string(*axis) + " is outside its rank " +
                    std::to_string(rank),
                "weight '" + weight.name + "'");
  }
  for (std::int64_t i = 0; i < rank; ++i) {
    const auto size = static_cast<std::size_t>(weight.shape[static_cast<std::size_t>(i)]);
    (i < at ? layout.outer : i == at ? layout.channels : layout.inner) *= size;
  }
  return layout;
}

/// Values worked on side by side: reductions kept in this many lanes vectorize, which one running
/// minimum or sum does not (the order of floating-point operations is not the compiler's to
/// change).
constexpr std::size_t kLanes = 16;

/// Least and greatest value of each channel.
struct Extremes {
  std::vector<float> low;
  std::vector<float> high;

  void include(std::size_t channel, float least, float greatest) {
    low[channel] = std::min(low[channel], least);
    high[channel] = std::max(high[channel], greatest);
  }

  void include_run(std::size_t channel, const float* values, std::size_t count) {
    std::array<float, kLanes> least;
    std::array<float, kLanes> greatest;
    least.fill(low[channel]);
    greatest.fill(high[channel]);
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        least[lane] = std::min(least[lane], values[i + lane]);
        greatest[lane] = std::max(greatest[lane], values[i + lane]);
      }
    }
    for (std::size_t lane = 0; lane < kLanes; ++lane) include(channel, least[lane], greatest[lane]);
    for (; i < count; ++i) include(channel, values[i], values[i]);
  }
};

Extremes extremes_of(const float* values, const Layout& layout) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Extremes found{std::vector<float>(layout.channels, kInfinity),
                 std::vector<float>(layout.channels, -kInfinity)};
  for (std::size_t o = 0; o < layout.outer; ++o) {
    for (std::size_t c = 0; c < layout.channels; ++c, values += layout.inner) {
      if (layout.inner == 1) {
        found.include(c, *values, *values);
      } else {
        found.include_run(c, values, layout.inner);
      }
    }
  }
  return found;
}

void refuse_unless_finite(const std::string& name, std::span<const float> values) {
  constexpr std::int32_t kInfinityBits = 0x7f800000;  // NaNs are above
  std::int32_t greatest = 0;
  for (const float value : values) {
    greatest = std::max(greatest, std::bit_cast<std::int32_t>(value) & 0x7fffffff);
  }
  if (greatest >= kInfinityBits) {
    throw Error("has a value that is not a finite number", "weight '" + name + "'");
  }
}

/// Sums of squares of the values and of what quantization takes from them.
class Noise {
 public:
  void add(std::size_t lane, float value, float lost) {
    signal_lanes_[lane] += value * value;
    error_lanes_[lane] += lost * lost;
  }

  /// Moves the float lanes over to the sums in double, before they lose precision.
  void settle() {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      signal_ += static_cast<double>(signal_lanes_[lane]);
      error_ += static_cast<double>(error_lanes_[lane]);
    }
    signal_lanes_.fill(0);
    error_lanes_.fill(0);
  }

  double decibels() const {
    if (error_ == 0) return std::numeric_limits<double>::infinity();
    return 10 * std::log10(signal_ / error_);
  }

 private:
  std::array<float, kLanes> signal_lanes_{};
  std::array<float, kLanes> error_lanes_{};
  double signal_ = 0;
  double error_ = 0;
};

/// A run of values under one map (kEach false) or under a map each.
template <bool kEach, typename T>
void quantize_run(const float* in, T* out, std::size_t count, const float* scale,
                  const float* zero_point, Noise& noise) {
  // Adding 1.5 * 2^23 leaves no room for a fraction, so the sum is rounded half to even.
  constexpr float kRounder = 12582912.0F;
  constexpr float kFar = 1024.0F;  // beyond every eight-bit value, within reach of the rounder
  constexpr float kLow = std::numeric_limits<T>::min();
  constexpr float kHigh = std::numeric_limits<T>::max();
  constexpr std::size_t kSettleEvery = 64 * kLanes;
  const auto one = [&](std::size_t i, std::size_t lane) {
    const float s = scale[kEach ? i : 0];
    const float z = zero_point[kEach ? i : 0];
    const float quotient = std::min(std::max(in[i] / s, -kFar), kFar);
    const float rounded = (quotient + kRounder) - kRounder;
    const float quantized = std::min(std::max(rounded + z, kLow), kHigh);
    out[i] = static_cast<T>(static_cast<std::int32_t>(quantized));
    noise.add(lane, in[i], in[i] - s * (quantized - z));
  };
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) one(i + lane, lane);
    if (i % kSettleEvery == 0) noise.settle();
  }
  for (; i < count; ++i) one(i, 0);
  noise.settle();
}

template <typename T>
QuantizedWeight quantize_as(const graph::Initializer& weight, const Layout& layout,
                            const std::vector<Affine>& maps, bool per_channel) {
  const graph::Values<float> values = weight.values<float>();
  std::vector<float> scales;
  std::vector<float> zeros;
  std::vector<T> zero_points;
  for (const Affine& map : maps) {
    scales.push_back(map.scale);
    zeros.push_back(static_cast<float>(map.zero_point));
    zero_points.push_back(static_cast<T>(map.zero_point));
  }
  std::vector<T> out(values.size());
  Noise noise;
  const float* from = values.data();
  T* to = out.data();
  const bool contiguous = per_channel && layout.inner == 1;
  const std::size_t runs = contiguous ? layout.outer : layout.outer * layout.channels;
  const std::size_t length = contiguous ? layout.channels : layout.inner;
  for (std::size_t run = 0; run < runs; ++run, from += length, to += length) {
    if (contiguous) {
      quantize_run<true>(from, to, length, scales.data(), zeros.data(), noise);
    } else {
      const std::size_t channel = run % layout.channels;
      quantize_run<false>(from, to, length, &scales[channel], &zeros[channel], noise);
    }
  }
  const std::vector<std::int64_t> shape =
      per_channel ? std::vector<std::int64_t>{static_cast<std::int64_t>(layout.channels)}
                  : std::vector<std::int64_t>{};
  return {graph::Initializer::make(weight.name + "_quantized", weight.shape, std::move(out)),
          graph::Initializer::make(weight.name + "_scale", shape, std::move(scales)),
          graph::Initializer::make(weight.name + "_zero_point", shape, std::move(zero_points)),
          noise.decibels()};
}

}  // namespace

std::vector<Affine> weight_maps(const graph::Initializer& weight, const WeightScheme& scheme) {
  const graph::Values<float> values = weight.values<float>();
  const Layout layout = layout_of(weight, scheme.axis);
  if (values.empty()) return std::vector<Affine>(layout.channels);
  refuse_unless_finite(weight.name, values);
  const Extremes extremes = extremes_of(values.data(), layout);
  const Limits limits = limits_of(scheme.type, scheme.symmetric, scheme.reduce_range);
  std::vector<Affine> maps;
  maps.reserve(layout.channels);
  for (std::size_t c = 0; c < layout.channels; ++c) {
    maps.push_back(affine_of_range(extremes.low[c], extremes.high[c], limits, scheme.symmetric));
  }
  return maps;
}

QuantizedWeight quantize_weight(const graph::Initializer& weight, const WeightScheme& scheme,
                                const std::vector<Affine>& maps) {
  const Layout layout = layout_of(weight, scheme.axis);
  const bool per_channel = scheme.axis.has_value();
  return scheme.type == QuantType::kInt8
             ? quantize_as<std::int8_t>(weight, layout, maps, per_channel)
             : quantize_as<std::uint8_t>(weight, layout, maps, per_channel);
}

QuantizedWeight quantize_weight(const graph::Initializer& weight, const WeightScheme& scheme) {
  return quantize_weight(weight, scheme, weight_maps(weight, scheme));
}

}  // namespace quantbench::quantize
