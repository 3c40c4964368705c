#pragma once

#include <cstdint>

namespace quantbench::quantize {

/// Eight-bit integer of a quantized tensor.
enum class QuantType { kInt8, kUInt8 };

/// The integers that a quantization uses.
struct Limits {
  int low = 0;
  int high = 0;
};

/// Limits of onnxruntime.quantization: s8 [-128, 127], symmetric s8 [-127, 127], u8 [0, 255]. With
/// reduce_range (7 bits, so u8 x s8 products without VNNI do not overflow): s8 [-64, 64], u8 [0,
/// 127].
Limits limits_of(QuantType type, bool symmetric, bool reduce_range);

/// Maps reals to integers: real = scale * (quantized - zero_point).
struct Affine {
  float scale = 1;
  std::int32_t zero_point = 0;

  bool operator==(const Affine&) const = default;
};

/// Maps [low, high], widened to include zero, to `limits`. Symmetric: maps [-max|.|, max|.|].
/// Computed like onnxruntime.quantization and equal bit for bit: range and quotient in double, zero
/// point rounded half to even, scale stored as float. A range too small for a float scale gives {1,
/// 0}. Both ends must be finite.
Affine affine_of_range(float low, float high, Limits limits, bool symmetric);

/// Whether a map to these limits represents no value outside [low, high], except for the rounding
/// of its ends. It then cuts off what Relu or Clip to [low, high] cuts off.
bool stays_within(const Affine& map, Limits limits, float low, float high);

}  // namespace quantbench::quantize
