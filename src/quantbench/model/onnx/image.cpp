#include <cmath>

#include "quantbench/model/onnx/onnx_forward.h"

namespace quantbench::model {

using Ints = std::vector<std::int64_t>;

/// Conv, then flatten(2): Shape, Slice, Concat, Reshape, then Transpose to [batch, patches,
/// hidden].
Value OnnxForward::patch_embedding(Value pixels, const std::string& name, std::int64_t channels,
                                   std::int64_t patch, std::int64_t hidden) {
  const std::string weight = parameter(name + ".weight", {hidden, channels, patch, patch});
  const std::string bias = parameter(name + ".bias", {hidden});
  const std::string convolved = builder_.node("Conv", {name_of(pixels), weight, bias},
                                              {{"dilations", Ints{1, 1}},
                                               {"group", std::int64_t{1}},
                                               {"kernel_shape", Ints{patch, patch}},
                                               {"pads", Ints{0, 0, 0, 0}},
                                               {"strides", Ints{patch, patch}}});
  const std::string size = builder_.node("Shape", {convolved});
  const std::string starts = builder_.constant(Ints{0});
  const std::string ends = builder_.constant(Ints{2});
  const std::string axes = builder_.constant(Ints{0});
  const std::string batch_and_hidden = builder_.node("Slice", {size, starts, ends, axes});
  const std::string rest = builder_.constant(Ints{-1});
  const std::string shape =
      builder_.node("Concat", {batch_and_hidden, rest}, {{"axis", std::int64_t{0}}});
  const std::string flat = builder_.node("Reshape", {convolved, shape});
  return make(builder_.transpose(flat, {0, 2, 1}), 3);
}

Value OnnxForward::prepend_tokens(Value x, const std::vector<std::string>& names,
                                  std::int64_t hidden) {
  const std::string batch = builder_.dimension(name_of(x), 0);
  const std::string shape = builder_.shape({batch, std::int64_t{1}, hidden});
  std::vector<std::string> parts;
  for (const std::string& name : names) {
    parts.push_back(builder_.node("Expand", {parameter(name, {1, 1, hidden}), shape}));
  }
  parts.push_back(name_of(x));
  return make(builder_.node("Concat", parts, {{"axis", std::int64_t{1}}}), 3);
}

/// table[index].view(sequence, sequence, heads).permute(2, 0, 1).unsqueeze(0).
Value OnnxForward::relative_position_bias(const std::string& table, std::int64_t rows,
                                          std::int64_t heads,
                                          const std::vector<std::int64_t>& index) {
  const auto sequence =
      static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(index.size()))));
  const std::string indices = builder_.initializer(graph::Initializer::make<std::int64_t>(
      "relative_position_index", {static_cast<std::int64_t>(index.size())}, index));
  const std::string picked = builder_.node("Gather", {parameter(table, {rows, heads}), indices});
  const std::string shape = builder_.constant(Ints{sequence, sequence, heads});
  const std::string viewed = builder_.node("Reshape", {picked, shape});
  const std::string by_head = builder_.transpose(viewed, {2, 0, 1});
  return make(builder_.unsqueeze(by_head, 0), 4);
}

Value OnnxForward::mean_of_patches(Value x) {
  const std::string starts = builder_.constant(Ints{1});
  const std::string ends = builder_.constant(Ints{INT64_MAX});
  const std::string axes = builder_.constant(Ints{1});
  const std::string patches = builder_.node("Slice", {name_of(x), starts, ends, axes});
  return make(
      builder_.node("ReduceMean", {patches}, {{"axes", Ints{1}}, {"keepdims", std::int64_t{0}}}),
      2);
}

}  // namespace quantbench::model
