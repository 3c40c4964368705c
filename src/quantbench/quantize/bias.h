#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quantbench/graph/model.h"
#include "quantbench/quantize/affine.h"

namespace quantbench::quantize {

/// A bias in int32: added to the sums of integer products, it has their scale.
struct QuantizedBias {
  /// INT32, shape of the bias, named "<bias>_quantized".
  graph::Initializer values;
  /// FLOAT [channels or 1], "<bias>_quantized_scale".
  graph::Initializer scale;
  /// INT32 [] or [channels], "<bias>_quantized_zero_point", all zero.
  graph::Initializer zero_point;
};

/// Quantizes with scale input_scale * weight_scale * beta (of each channel), rounding half to even,
/// as onnxruntime.quantization does. nullopt when there is no such scale for each element of the
/// bias, or one is zero.
std::optional<QuantizedBias> quantize_bias(const graph::Initializer& bias, float input_scale,
                                           const std::vector<float>& weight_scales, float beta);

/// Widens the scales of a symmetric s8 weight where the bias, at input_scale * scale, would pass
/// int32. True when one was changed.
bool widen_for_bias(std::vector<Affine>& weight_maps, const graph::Initializer& bias,
                    float input_scale, bool per_channel);

}  // namespace quantbench::quantize
