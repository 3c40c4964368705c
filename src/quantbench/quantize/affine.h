#pragma once

#include <cstdint>

namespace quantbench::quantize {

/// Eight-bit integer of a quantized tensor.
enum class QuantType { kInt8, kUInt8 };

/// Integers a quantization may use.
struct Limits {
  int low = 0;
  int high = 0;
};

/// The limits onnxruntime.quantization uses: s8 [-128, 127], symmetric s8 [-127, 127], u8 [0, 255];
/// with reduce_range (7 bits, against overflow of u8 x s8 products without VNNI) s8 [-64, 64] and
/// u8 [0, 127].
Limits limits_of(QuantType type, bool symmetric, bool reduce_range);

/// The map between real and integer: real = scale * (quantized - zero_point).
struct Affine {
  float scale = 1;
  std::int32_t zero_point = 0;

  bool operator==(const Affine&) const = default;
};

/// The map that spreads [low, high], widened to include zero, over `limits`; symmetric: over
/// [-max|.|, max|.|]. Computed as onnxruntime.quantization computes it (range and quotient in
/// double, zero point rounded half to even, scale stored as float), hence equal bit for bit; a
/// range too small for a float scale gives {1, 0}. Both ends must be finite.
Affine affine_of_range(float low, float high, Limits limits, bool symmetric);

}  // namespace quantbench::quantize
