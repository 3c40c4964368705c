#include <cstring>

#include "quantbench/base/error.h"
#include "quantbench/base/half.h"
#include "quantbench/checkpoint/checkpoint.h"

namespace quantbench::checkpoint {

std::string_view dtype_name(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return "F64";
    case DType::kF32:
      return "F32";
    case DType::kF16:
      return "F16";
    case DType::kBF16:
      return "BF16";
    case DType::kI64:
      return "I64";
    case DType::kI32:
      return "I32";
    case DType::kI16:
      return "I16";
    case DType::kI8:
      return "I8";
    case DType::kU8:
      return "U8";
    case DType::kBool:
      return "BOOL";
  }
  return "?";
}

std::size_t dtype_size(DType dtype) {
  switch (dtype) {
    case DType::kF64:
    case DType::kI64:
      return 8;
    case DType::kF32:
    case DType::kI32:
      return 4;
    case DType::kF16:
    case DType::kBF16:
    case DType::kI16:
      return 2;
    case DType::kI8:
    case DType::kU8:
    case DType::kBool:
      return 1;
  }
  return 1;
}

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (const std::int64_t dimension : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(dimension);
  }
  return text + "]";
}

std::int64_t Tensor::element_count() const {
  std::int64_t count = 1;
  for (const std::int64_t dimension : shape) count *= dimension;
  return count;
}

std::vector<float> Tensor::to_float() const {
  std::vector<float> values(bytes.size() / dtype_size(dtype));
  switch (dtype) {
    case DType::kF32:
      if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
      return values;
    case DType::kF16:
      widen_f16(bytes.data(), values);
      return values;
    case DType::kBF16:
      widen_bf16(bytes.data(), values);
      return values;
    case DType::kF64:
      for (std::size_t i = 0; i < values.size(); ++i) {
        double value;
        std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
        values[i] = static_cast<float>(value);
      }
      return values;
    default:
      throw Error("holds " + std::string(dtype_name(dtype)) + " values, expected floating point",
                  "tensor '" + name + "'");
  }
}

}  // namespace quantbench::checkpoint
