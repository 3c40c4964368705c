#include <algorithm>
#include <cstring>

#include "quantbench/model/onnx/onnx_forward.h"

namespace quantbench::model {

namespace {

/// With tiles of this size, both the rows read and the rows written fit in the first-level cache.
constexpr std::int64_t kTile = 32;

void transpose(const float* from, std::int64_t rows, std::int64_t columns, float* to) {
  for (std::int64_t top = 0; top < rows; top += kTile) {
    const std::int64_t bottom = std::min(top + kTile, rows);
    for (std::int64_t left = 0; left < columns; left += kTile) {
      const std::int64_t right = std::min(left + kTile, columns);
      for (std::int64_t row = top; row < bottom; ++row) {
        for (std::int64_t column = left; column < right; ++column) {
          to[column * rows + row] = from[row * columns + column];
        }
      }
    }
  }
}

}  // namespace

std::string OnnxForward::parameter(const std::string& name,
                                   const std::vector<std::int64_t>& shape) {
  if (builder_.has_initializer(name)) return name;
  const checkpoint::Tensor& tensor = weights_.get(name, shape);
  if (tensor.dtype != checkpoint::DType::kF32) {
    return builder_.initializer(graph::Initializer::make<float>(name, shape, tensor.to_float()));
  }
  graph::Initializer initializer;
  initializer.name = name;
  initializer.type = onnx::TensorProto::FLOAT;
  initializer.shape = shape;
  initializer.data = {tensor.bytes, tensor.owner};
  return builder_.initializer(std::move(initializer));
}

std::string OnnxForward::transposed_parameter(const std::string& name, std::int64_t in,
                                              std::int64_t out) {
  if (builder_.has_initializer(name)) return name;
  const std::vector<float> values = weights_.get(name, {out, in}).to_float();
  std::vector<float> transposed(values.size());
  transpose(values.data(), out, in, transposed.data());
  return builder_.initializer(
      graph::Initializer::make<float>(name, {in, out}, std::move(transposed)));
}

Value OnnxForward::make(std::string name, int rank) {
  names_.push_back(std::move(name));
  return {static_cast<int>(names_.size()) - 1, rank};
}

}  // namespace quantbench::model
