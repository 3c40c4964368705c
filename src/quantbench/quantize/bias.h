#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quantbench/graph/model.h"
#include "quantbench/quantize/affine.h"

namespace quantbench::quantize {

/// A bias in int32. It has the scale of the integer products to which it is added.
struct QuantizedBias {
  /// INT32, shape of the bias, named "<bias>_quantized".
  graph::Initializer values;
  /// FLOAT [channels or 1], "<bias>_quantized_scale".
  graph::Initializer scale;
  /// INT32 [] or [channels], "<bias>_quantized_zero_point", all zero.
  graph::Initializer zero_point;
};

/// Quantizes with scale input_scale * weight_scale * beta (per channel), rounding half to even,
/// like onnxruntime.quantization. nullopt if the scales do not match the bias's elements, or one is
/// zero.
std::optional<QuantizedBias> quantize_bias(const graph::Initializer& bias, float input_scale,
                                           const std::vector<float>& weight_scales, float beta);

/// Widens the scales of a symmetric s8 weight if the bias at input_scale * scale would exceed
/// int32. True if a scale changed.
bool widen_for_bias(std::vector<Affine>& weight_maps, const graph::Initializer& bias,
                    float input_scale, bool per_channel);

}  // namespace quantbench::quantize
