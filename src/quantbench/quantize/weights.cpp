#include "quantbench/quantize/weights.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "quantbench/base/decibels.h"
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
  // The dimensions of an empty tensor cost nothing in the file, and may be anything.
  constexpr std::size_t kMostChannels = std::size_t{1} << 24;
  if (weight.element_count() == 0) {
    if (layout.channels > kMostChannels) {
      throw Error("has " + std::to_string(layout.channels) + " channels and no values",
                  "weight '" + weight.name + "'");
    }
    layout.outer = 0;
    layout.inner = 0;
  }
  return layout;
}

/// Floats where they lie: files do not align them, and copying a table of 90 MB costs more than
/// quantizing it.
class Floats {
 public:
  explicit Floats(const std::byte* bytes) : bytes_(bytes) {}
  float operator[](std::size_t i) const {
    float value;
    std::memcpy(&value, bytes_ + i * sizeof value, sizeof value);
    return value;
  }
  Floats from(std::size_t i) const { return Floats(bytes_ + i * sizeof(float)); }

 private:
  const std::byte* bytes_;
};

/// Throws Error unless the tensor is FLOAT.
Floats floats_of(const graph::Initializer& weight) {
  if (weight.type != onnx::TensorProto::FLOAT) {
    throw Error("has data type " + std::to_string(weight.type) + ", expected FLOAT",
                "weight '" + weight.name + "'");
  }
  return Floats(weight.data.bytes.data());
}

/// A float's bits as an integer in the order of the floats (its own inverse), with NaNs beyond the
/// infinities: least and greatest of integers vectorize.
std::int32_t ordered(float value) {
  const auto bits = std::bit_cast<std::int32_t>(value);
  return bits ^ ((bits >> 31) & 0x7fffffff);
}
float from_ordered(std::int32_t order) {
  return std::bit_cast<float>(order ^ ((order >> 31) & 0x7fffffff));
}

/// Least and greatest value of each channel, in their order.
struct Extremes {
  std::vector<std::int32_t> low;
  std::vector<std::int32_t> high;

  explicit Extremes(std::size_t channels)
      : low(channels, std::numeric_limits<std::int32_t>::max()),
        high(channels, std::numeric_limits<std::int32_t>::min()) {}

  /// One value for each channel.
  void include_row(Floats values) {
    const std::size_t channels = low.size();
    std::int32_t* __restrict least = low.data();
    std::int32_t* __restrict greatest = high.data();
    for (std::size_t c = 0; c < channels; ++c) {
      least[c] = std::min(least[c], ordered(values[c]));
      greatest[c] = std::max(greatest[c], ordered(values[c]));
    }
  }

  void include_run(std::size_t channel, Floats values, std::size_t count) {
    std::int32_t least = low[channel];
    std::int32_t greatest = high[channel];
    for (std::size_t i = 0; i < count; ++i) {
      least = std::min(least, ordered(values[i]));
      greatest = std::max(greatest, ordered(values[i]));
    }
    low[channel] = least;
    high[channel] = greatest;
  }
};

Extremes extremes_of(Floats values, const Layout& layout) {
  Extremes found(layout.channels);
  for (std::size_t o = 0; o < layout.outer; ++o) {
    if (layout.inner == 1) {
      found.include_row(values.from(o * layout.channels));
      continue;
    }
    for (std::size_t c = 0; c < layout.channels; ++c) {
      found.include_run(c, values.from((o * layout.channels + c) * layout.inner), layout.inner);
    }
  }
  return found;
}

void refuse_unless_finite(const std::string& name, const Extremes& extremes) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (std::size_t c = 0; c < extremes.low.size(); ++c) {
    if (extremes.low[c] <= ordered(-kInfinity) || extremes.high[c] >= ordered(kInfinity)) {
      throw Error("has a value that is not a finite number", "weight '" + name + "'");
    }
  }
}

/// Sums kept in this many lanes vectorize, which one running sum does not: the order of additions
/// is not the compiler's to change.
constexpr std::size_t kLanes = 16;

/// Sums of squares of the values and of what quantization takes from them.
struct Noise {
  double signal = 0;
  double error = 0;
};

/// The maps of a run of values: one for all (kEach false) or one each.
template <bool kEach>
struct Maps {
  const float* scales;
  const std::int32_t* zero_points;
  float scale(std::size_t i) const { return scales[kEach ? i : 0]; }
  std::int32_t zero_point(std::size_t i) const { return zero_points[kEach ? i : 0]; }
  Maps from(std::size_t i) const { return kEach ? Maps{scales + i, zero_points + i} : *this; }
};

/// Rounds, shifts and clips on the integers that the floats hold, since branches on floats keep the
/// loop from being vectorized.
template <bool kEach, typename T>
void quantize_block(Floats in, T* __restrict out, std::size_t count, Maps<kEach> maps) {
  // Adding 1.5 * 2^23 to a float of less than 2^22 (quotients by the maps of the weight itself are
  // below 2^9) leaves no room for a fraction: the sum is rounded half to even, and its last bits
  // are the integer.
  constexpr float kRounder = 12582912.0F;
  constexpr std::int32_t kLow = std::numeric_limits<T>::min();
  constexpr std::int32_t kHigh = std::numeric_limits<T>::max();
  for (std::size_t i = 0; i < count; ++i) {
    const auto rounded = std::bit_cast<std::int32_t>(in[i] / maps.scale(i) + kRounder) -
                         std::bit_cast<std::int32_t>(kRounder);
    const std::int32_t shifted = rounded + maps.zero_point(i);
    out[i] = static_cast<T>(std::min(std::max(shifted, kLow), kHigh));
  }
}

template <bool kEach, typename T>
void add_noise(Floats in, const T* __restrict quantized, std::size_t count, Maps<kEach> maps,
               Noise& noise) {
  std::array<float, kLanes> signal{};
  std::array<float, kLanes> error{};
  const auto add = [&](std::size_t i, std::size_t lane) {
    const float back = maps.scale(i) * static_cast<float>(quantized[i] - maps.zero_point(i));
    const float lost = in[i] - back;
    signal[lane] += in[i] * in[i];
    error[lane] += lost * lost;
  };
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) add(i + lane, lane);
  }
  for (; i < count; ++i) add(i, 0);
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    noise.signal += static_cast<double>(signal[lane]);
    noise.error += static_cast<double>(error[lane]);
  }
}

/// In blocks that stay in the nearest cache for the second look, and short enough for sums in
/// float.
template <bool kEach, typename T>
void quantize_run(Floats in, T* out, std::size_t count, Maps<kEach> maps, Noise& noise) {
  constexpr std::size_t kBlock = 64 * kLanes;
  for (std::size_t i = 0; i < count; i += kBlock) {
    const std::size_t size = std::min(kBlock, count - i);
    quantize_block(in.from(i), out + i, size, maps.from(i));
    add_noise(in.from(i), out + i, size, maps.from(i), noise);
  }
}

template <typename T>
QuantizedWeight quantize_as(const graph::Initializer& weight, const Layout& layout,
                            const std::vector<Affine>& maps, bool per_channel) {
  const Floats values = floats_of(weight);
  std::vector<float> scales;
  std::vector<std::int32_t> zeros;
  std::vector<T> zero_points;
  for (const Affine& map : maps) {
    scales.push_back(map.scale);
    zeros.push_back(map.zero_point);
    zero_points.push_back(static_cast<T>(map.zero_point));
  }
  std::vector<T> out(static_cast<std::size_t>(weight.element_count()));
  Noise noise;
  const bool contiguous = per_channel && layout.inner == 1;
  const std::size_t runs = contiguous ? layout.outer : layout.outer * layout.channels;
  const std::size_t length = contiguous ? layout.channels : layout.inner;
  for (std::size_t run = 0; run < runs; ++run) {
    const Floats from = values.from(run * length);
    T* to = out.data() + run * length;
    if (contiguous) {
      quantize_run(from, to, length, Maps<true>{scales.data(), zeros.data()}, noise);
    } else {
      const std::size_t channel = run % layout.channels;
      quantize_run(from, to, length, Maps<false>{&scales[channel], &zeros[channel]}, noise);
    }
  }
  const std::vector<std::int64_t> shape =
      per_channel ? std::vector<std::int64_t>{static_cast<std::int64_t>(layout.channels)}
                  : std::vector<std::int64_t>{};
  return {graph::Initializer::make(weight.name + "_quantized", weight.shape, std::move(out)),
          graph::Initializer::make(weight.name + "_scale", shape, std::move(scales)),
          graph::Initializer::make(weight.name + "_zero_point", shape, std::move(zero_points)),
          decibels(noise.signal, noise.error)};
}

}  // namespace

bool all_finite(const graph::Initializer& constant) {
  // By blocks without a way out of the middle, which would keep them from being vectorized.
  constexpr std::size_t kBlock = 4096;
  constexpr std::uint32_t kExponent = 0x7f800000;
  const Floats values = floats_of(constant);
  const auto count = static_cast<std::size_t>(constant.element_count());
  for (std::size_t begin = 0; begin < count; begin += kBlock) {
    std::uint32_t found = 0;
    for (std::size_t i = begin; i < std::min(count, begin + kBlock); ++i) {
      found |= (std::bit_cast<std::uint32_t>(values[i]) & kExponent) == kExponent ? 1U : 0U;
    }
    if (found != 0) return false;
  }
  return true;
}

std::vector<Affine> weight_maps(const graph::Initializer& weight, const WeightScheme& scheme) {
  const Floats values = floats_of(weight);
  const Layout layout = layout_of(weight, scheme.axis);
  if (weight.element_count() == 0) return std::vector<Affine>(layout.channels);
  const Extremes extremes = extremes_of(values, layout);
  refuse_unless_finite(weight.name, extremes);
  const Limits limits = limits_of(scheme.type, scheme.symmetric, scheme.reduce_range);
  std::vector<Affine> maps;
  maps.reserve(layout.channels);
  for (std::size_t c = 0; c < layout.channels; ++c) {
    maps.push_back(affine_of_range(from_ordered(extremes.low[c]), from_ordered(extremes.high[c]),
                                   limits, scheme.symmetric));
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
