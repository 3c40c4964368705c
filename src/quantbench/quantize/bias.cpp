#include "quantbench/quantize/bias.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace quantbench::quantize {

namespace {

constexpr double kMost = std::numeric_limits<std::int32_t>::max();
constexpr double kLeast = std::numeric_limits<std::int32_t>::min();

/// What must fit, with a small margin.
constexpr double with_margin(double greatest) { return 1.0001 * (2 * greatest); }

/// The same in float32, as ONNX Runtime's tool computes it for one channel.
float with_margin(float greatest) { return 1.0001F * (2 * greatest); }

/// `scale`, widened until `range` (of with_margin) fits into int32.
bool widen(float& scale, double range, float input_scale) {
  const double least = range / (kMost + kMost);
  const double planned = static_cast<double>(input_scale) * static_cast<double>(scale);
  if (planned >= least || planned <= 0) return false;
  scale = static_cast<float>(static_cast<double>(scale) * (least / planned));
  return true;
}

}  // namespace

std::optional<QuantizedBias> quantize_bias(const graph::Initializer& bias, float input_scale,
                                           const std::vector<float>& weight_scales,
                                           GemmFactors factors) {
  const graph::Values<float> floats = bias.values<float>();
  const std::size_t channels = weight_scales.size();
  const bool has_channels = !bias.shape.empty() && floats.size() == channels &&
                            bias.shape.back() == static_cast<std::int64_t>(channels);
  if (channels != 1 && !has_channels) return std::nullopt;
  std::vector<float> scales;
  for (const float weight_scale : weight_scales) {
    scales.push_back(input_scale * weight_scale * factors.alpha);
    if (!(scales.back() > 0)) return std::nullopt;
  }
  std::vector<std::int32_t> values;
  values.reserve(floats.size());
  for (std::size_t i = 0; i < floats.size(); ++i) {
    // Gemm does not look at the bias if beta is 0.
    const double real =
        factors.beta == 0 ? 0 : static_cast<double>(floats[i]) * static_cast<double>(factors.beta);
    const double rounded =
        std::nearbyint(real / static_cast<double>(scales[channels == 1 ? 0 : i]));
    // A little beyond: the widening of the weight leaves out what rounding adds.
    constexpr double kTolerance = 1.001;
    if (std::abs(rounded) > kMost * kTolerance) return std::nullopt;
    values.push_back(static_cast<std::int32_t>(std::clamp(rounded, kLeast, kMost)));
  }
  const std::string name = bias.name + "_quantized";
  const auto size = static_cast<std::int64_t>(channels);
  graph::Initializer zero_point =
      channels == 1 ? graph::Initializer::scalar(name + "_zero_point", std::int32_t{0})
                    : graph::Initializer::make(name + "_zero_point", {size},
                                               std::vector<std::int32_t>(channels, 0));
  return QuantizedBias{graph::Initializer::make(name, bias.shape, std::move(values)),
                       graph::Initializer::make(name + "_scale", {size}, std::move(scales)),
                       std::move(zero_point)};
}

bool widen_for_bias(std::vector<Affine>& weight_maps, const graph::Initializer& bias,
                    float input_scale, bool per_channel, GemmFactors factors) {
  const graph::Values<float> values = bias.values<float>();
  if (values.empty() || !(factors.alpha > 0)) return false;
  const double factor = std::abs(static_cast<double>(factors.beta)) / factors.alpha;
  if (!per_channel) {
    double greatest = 0;
    for (const float value : values) {
      greatest = std::max(greatest, factor * std::abs(static_cast<double>(value)));
    }
    return widen(weight_maps.front().scale, with_margin(greatest), input_scale);
  }
  bool changed = false;
  for (std::size_t i = 0; i < std::min(weight_maps.size(), values.size()); ++i) {
    const auto greatest = static_cast<float>(factor * std::abs(static_cast<double>(values[i])));
    changed |= widen(weight_maps[i].scale, with_margin(greatest), input_scale);
  }
  return changed;
}

}  // namespace quantbench::quantize
