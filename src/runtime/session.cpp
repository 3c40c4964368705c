#include "quantbench/runtime/session.h"

#include <bit>
#include <cmath>

#include "quantbench/base/error.h"

namespace quantbench::runtime {

namespace {

template <typename T>
std::vector<float> converted(const TensorView& view) {
  const std::span<const T> values(static_cast<const T*>(view.data), view.element_count);
  return {values.begin(), values.end()};
}

/// IEEE 754 binary16 to binary32, exact.
float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1fU;
  const std::uint32_t mantissa = half & 0x3ffU;
  if (exponent == 0x1fU) return std::bit_cast<float>(sign | 0x7f800000U | mantissa << 13);
  if (exponent == 0) {
    const float magnitude = std::ldexp(static_cast<float>(mantissa), -24);
    return sign != 0 ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | (exponent + 112U) << 23 | mantissa << 13);
}

float bfloat_to_float(std::uint16_t value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16);
}

std::vector<float> converted_16(const TensorView& view, float (*widen)(std::uint16_t)) {
  const std::span<const std::uint16_t> values(static_cast<const std::uint16_t*>(view.data),
                                              view.element_count);
  std::vector<float> out;
  out.reserve(values.size());
  for (const std::uint16_t value : values) out.push_back(widen(value));
  return out;
}

}  // namespace

std::span<const float> TensorView::floats() const {
  if (type != ElementType::kFloat32) throw Error("the tensor is not of type float32");
  return {static_cast<const float*>(data), element_count};
}

std::vector<float> TensorView::to_float() const {
  switch (type) {
    case ElementType::kFloat32:
      return converted<float>(*this);
    case ElementType::kFloat64:
      return converted<double>(*this);
    case ElementType::kFloat16:
      return converted_16(*this, half_to_float);
    case ElementType::kBFloat16:
      return converted_16(*this, bfloat_to_float);
    case ElementType::kInt64:
      return converted<std::int64_t>(*this);
    case ElementType::kInt32:
      return converted<std::int32_t>(*this);
    case ElementType::kInt16:
      return converted<std::int16_t>(*this);
    case ElementType::kInt8:
      return converted<std::int8_t>(*this);
    case ElementType::kUInt8:
      return converted<std::uint8_t>(*this);
    case ElementType::kBool:
      return converted<bool>(*this);
    case ElementType::kOther:
      break;
  }
  throw Error("the tensor is of a type without a value as float32 (a string or sequence, say)");
}

}  // namespace quantbench::runtime
