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

/// Gemm computes alpha * A * B + beta * C.
struct GemmFactors {
  float alpha = 1;
  float beta = 1;
};

/// Quantizes beta * bias with scale input_scale * weight_scale * alpha (per channel), rounding half
/// to even: the products are then added to it without another factor, and the node's beta becomes
/// 1. onnxruntime.quantization does the same where alpha and beta are 1; else it loses them.
/// nullopt if the scales do not match the bias's last dimension, one is not positive, or a value
/// exceeds int32.
std::optional<QuantizedBias> quantize_bias(const graph::Initializer& bias, float input_scale,
                                           const std::vector<float>& weight_scales,
                                           GemmFactors factors = {});

/// Widens the scales of a weight if the bias would exceed int32; zero points stay, because the
/// integers come closer to them. True if a scale changed. A bias in float does not help: ONNX
/// Runtime quantizes it all the same, and loses it.
bool widen_for_bias(std::vector<Affine>& weight_maps, const graph::Initializer& bias,
                    float input_scale, bool per_channel, GemmFactors factors = {});

}  // namespace quantbench::quantize
