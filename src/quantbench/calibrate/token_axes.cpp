#include "quantbench/calibrate/token_axes.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "quantbench/base/error.h"

namespace quantbench::calibrate {

namespace {

/// Sizes that no other axis of a model has in common. Only changes matter.
constexpr std::int64_t kShort = 2;
constexpr std::int64_t kLong = 4;

/// `samples` copies of the first sample's first `tokens` tokens.
Batch cut(const Batch& example, std::int64_t samples, std::int64_t tokens) {
  Batch out;
  out.samples = static_cast<std::size_t>(samples);
  for (const auto& [name, tensor] : example.inputs) {
    runtime::Tensor small;
    if (const auto* ids = std::get_if<std::vector<std::int64_t>>(&tensor.values)) {
      std::vector<std::int64_t> values;
      for (std::int64_t sample = 0; sample < samples; ++sample) {
        values.insert(values.end(), ids->begin(), ids->begin() + tokens);
      }
      small = {{samples, tokens}, std::move(values)};
    } else {
      const auto& all = std::get<std::vector<float>>(tensor.values);
      const auto one = static_cast<std::ptrdiff_t>(all.size() / example.samples);
      std::vector<float> values;
      for (std::int64_t sample = 0; sample < samples; ++sample) {
        values.insert(values.end(), all.begin(), all.begin() + one);
      }
      small = {tensor.shape, std::move(values)};
      small.shape[0] = samples;
    }
    out.inputs.push_back({name, std::move(small)});
  }
  return out;
}

/// 0: they cannot be told.
std::int64_t tokens_of(const Batch& batch) {
  std::int64_t tokens = 0;
  for (const auto& input : batch.inputs) {
    if (std::holds_alternative<std::shared_ptr<const runtime::OtherValues>>(input.tensor.values)) {
      return 0;
    }
    if (!std::holds_alternative<std::vector<std::int64_t>>(input.tensor.values)) continue;
    if (input.tensor.shape.size() != 2) return 0;
    if (tokens != 0 && input.tensor.shape[1] != tokens) return 0;
    tokens = input.tensor.shape[1];
  }
  return tokens;
}

}  // namespace

std::optional<std::vector<TokenAxes>> find_token_axes(const Batch& example,
                                                      const ShapesOf& shapes_of) {
  if (tokens_of(example) < kLong) return std::nullopt;
  std::vector<std::vector<std::int64_t>> base;
  std::vector<std::vector<std::int64_t>> longer;
  std::vector<std::vector<std::int64_t>> more;
  try {
    base = shapes_of(cut(example, 1, kShort));
    longer = shapes_of(cut(example, 1, kLong));
    more = shapes_of(cut(example, 2, kShort));
  } catch (const Error&) {
    return std::nullopt;  // a graph of fixed shape
  }
  std::vector<TokenAxes> axes(base.size());
  for (std::size_t tensor = 0; tensor < base.size(); ++tensor) {
    const std::size_t rank = base[tensor].size();
    if (longer[tensor].size() != rank || more[tensor].size() != rank) continue;
    for (std::size_t axis = 0; axis < rank; ++axis) {
      const std::int64_t size = base[tensor][axis];
      if (size == kShort && longer[tensor][axis] == kLong && more[tensor][axis] == kShort) {
        axes[tensor].sequence.push_back(static_cast<int>(axis));
      }
      if (size == 1 && more[tensor][axis] == 2 && longer[tensor][axis] == 1) {
        axes[tensor].batch = static_cast<int>(axis);
      }
    }
  }
  return axes;
}

}  // namespace quantbench::calibrate
