#include "quantbench/task/logits.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <variant>

#include "quantbench/base/error.h"

namespace quantbench::task {

namespace {

[[noreturn]] void refuse_shape(const runtime::Tensor& output, std::size_t index,
                               const std::string& expected) {
  std::string shape;
  for (const std::int64_t extent : output.shape) {
    shape += (shape.empty() ? "" : ", ") + std::to_string(extent);
  }
  throw Error("output " + std::to_string(index) + " of the model has the shape [" + shape +
              "], expected " + expected);
}

/// The values of an output of batch 1 with this number of axes; nullptr for another shape.
const std::vector<float>* floats(const runtime::Tensor& output, std::size_t rank) {
  const bool fits = output.shape.size() == rank && output.shape[0] == 1;
  return fits ? std::get_if<std::vector<float>>(&output.values) : nullptr;
}

const runtime::Tensor& output_at(const std::vector<runtime::Tensor>& outputs, std::size_t index) {
  if (index < outputs.size()) return outputs[index];
  throw Error("the model has " + std::to_string(outputs.size()) + " outputs, expected " +
              std::to_string(index + 1));
}

void refuse_nan(std::span<const float> values) {
  if (std::any_of(values.begin(), values.end(), [](float v) { return std::isnan(v); })) {
    throw Error("the model's output is not a number (NaN)");
  }
}

}  // namespace

std::span<const float> logits(const std::vector<runtime::Tensor>& outputs, std::size_t classes,
                              std::size_t rank) {
  const runtime::Tensor& output = output_at(outputs, 0);
  const auto* values = floats(output, rank);
  if (values == nullptr || output.shape.back() != static_cast<std::int64_t>(classes)) {
    refuse_shape(output, 0,
                 (rank == 2 ? "[1, " : "[1, sequence, ") + std::to_string(classes) + "]");
  }
  refuse_nan(*values);
  return *values;
}

std::span<const float> token_logits(const std::vector<runtime::Tensor>& outputs, std::size_t index,
                                    std::size_t tokens) {
  const runtime::Tensor& output = output_at(outputs, index);
  const auto* values = floats(output, 2);
  if (values == nullptr || output.shape[1] < static_cast<std::int64_t>(tokens)) {
    refuse_shape(output, index, "[1, " + std::to_string(tokens) + "]");
  }
  refuse_nan(*values);
  return *values;
}

std::size_t argmax(std::span<const float> values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

}  // namespace quantbench::task
