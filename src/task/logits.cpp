#include "quantbench/task/logits.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <variant>

#include "quantbench/base/error.h"

namespace quantbench::task {

std::span<const float> logits(const std::vector<runtime::Tensor>& outputs, std::size_t classes,
                              std::size_t rank) {
  if (outputs.empty()) throw Error("the model has no output");
  const runtime::Tensor& output = outputs[0];
  const auto* values = std::get_if<std::vector<float>>(&output.values);
  const bool fits = values != nullptr && output.shape.size() == rank && output.shape[0] == 1 &&
                    output.shape.back() == static_cast<std::int64_t>(classes);
  if (!fits) {
    std::string shape;
    for (const std::int64_t extent : output.shape) {
      shape += (shape.empty() ? "" : ", ") + std::to_string(extent);
    }
    const std::string expected = rank == 2 ? "[1, " : "[1, sequence, ";
    throw Error("the model's first output has the shape [" + shape + "], expected " + expected +
                std::to_string(classes) + "]");
  }
  if (std::any_of(values->begin(), values->end(), [](float v) { return std::isnan(v); })) {
    throw Error("the model's output is not a number (NaN)");
  }
  return *values;
}

std::size_t argmax(std::span<const float> values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

}  // namespace quantbench::task
