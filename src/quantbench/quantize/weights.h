#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/graph/model.h"
#include "quantbench/quantize/affine.h"

namespace quantbench::quantize {

/// How a constant is quantized.
struct WeightScheme {
  QuantType type = QuantType::kInt8;
  bool symmetric = true;
  bool reduce_range = false;
  /// One map a slice along this dimension; nullopt: one for the whole tensor. Negative values count
  /// from the end.
  std::optional<std::int64_t> axis = std::nullopt;
};

/// The maps of a FLOAT constant: one, or one a channel. Throws Error (not FLOAT, NaN or infinite
/// values, axis out of range), naming the tensor.
std::vector<Affine> weight_maps(const graph::Initializer& weight, const WeightScheme& scheme);

/// Whether a FLOAT constant has neither NaN nor infinity. Throws Error for another type.
bool all_finite(const graph::Initializer& constant);

/// A constant in eight bits, as onnxruntime.quantization stores it.
struct QuantizedWeight {
  /// INT8 or UINT8, shape of the weight, named "<weight>_quantized".
  graph::Initializer values;
  /// FLOAT, shape [] or [channels], named "<weight>_scale".
  graph::Initializer scale;
  /// Type of the values, shape [] or [channels], named "<weight>_zero_point".
  graph::Initializer zero_point;
  /// Signal to quantization noise: 10 log10(sum w^2 / sum (w - dequantized w)^2) in dB; infinite
  /// when nothing is lost.
  double sqnr_db = 0;
};

/// Quantizes with scales from `weight_maps`, possibly widened: clip(round(w / scale)
/// + zero point) in float, rounding half to even, clipped to all of the type.
QuantizedWeight quantize_weight(const graph::Initializer& weight, const WeightScheme& scheme,
                                const std::vector<Affine>& maps);
QuantizedWeight quantize_weight(const graph::Initializer& weight, const WeightScheme& scheme);

}  // namespace quantbench::quantize
