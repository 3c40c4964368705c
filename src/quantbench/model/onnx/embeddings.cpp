#include "quantbench/model/onnx/onnx_forward.h"

namespace quantbench::model {

namespace {

constexpr const char* kPixels = "pixel_values";

}  // namespace

void OnnxForward::declare_input(const std::string& name) {
  if (name == kPixels) {
    builder_.input(name, onnx::TensorProto::FLOAT, {"batch", "num_channels", "height", "width"});
  } else {
    builder_.input(name, onnx::TensorProto::INT64, {"batch", "sequence"});
  }
}

Value OnnxForward::input(std::string_view name) {
  return make(std::string(name), name == kPixels ? 4 : 2);
}

Value OnnxForward::embedding(Value ids, const std::string& weight, std::int64_t rows,
                             std::int64_t columns) {
  return make(builder_.node("Gather", {parameter(weight, {rows, columns}), name_of(ids)}),
              ids.rank + 1);
}

namespace {

/// The first `length` columns of an int64 buffer [1, limit].
std::string first_columns(OnnxBuilder& builder, const std::string& buffer,
                          const std::string& length) {
  const std::string starts = builder.constant(std::vector<std::int64_t>{0});
  const std::string ends = builder.unsqueeze(length, 0);
  const std::string axes = builder.constant(std::vector<std::int64_t>{1});
  const std::string steps = builder.constant(std::vector<std::int64_t>{1});
  return builder.node("Slice", {buffer, starts, ends, axes, steps});
}

/// A buffer [1, limit] of a module: 0, step, 2 step, ...
std::string buffer(OnnxBuilder& builder, const std::string& name, std::int64_t limit,
                   std::int64_t step) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(limit));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int64_t>(i) * step;
  return builder.initializer(
      graph::Initializer::make<std::int64_t>(name, {1, limit}, std::move(values)));
}

}  // namespace

Value OnnxForward::positions(Value ids, std::int64_t limit) {
  const std::string length = builder_.dimension(name_of(ids), 1);
  const std::string all = buffer(builder_, "embeddings.position_ids", limit, 1);
  return make(first_columns(builder_, all, length), 2);
}

Value OnnxForward::zero_token_types(Value ids, std::int64_t limit) {
  const std::string batch = builder_.dimension(name_of(ids), 0);
  const std::string length = builder_.dimension(name_of(ids), 1);
  const std::string all = buffer(builder_, "embeddings.token_type_ids", limit, 0);
  const std::string one_row = first_columns(builder_, all, length);
  return make(builder_.node("Expand", {one_row, builder_.shape({batch, length})}), 2);
}

Value OnnxForward::positions_past_padding(Value ids, std::int64_t padding_id) {
  const auto cast = [&](const std::string& x, onnx::TensorProto::DataType type) {
    return builder_.node("Cast", {x}, {{"to", static_cast<std::int64_t>(type)}});
  };
  const std::string padding = builder_.constant(padding_id);
  const std::string is_padding = builder_.node("Equal", {name_of(ids), padding});
  const std::string is_token = cast(builder_.node("Not", {is_padding}), onnx::TensorProto::INT32);
  const std::string axis = builder_.constant(std::int64_t{1});
  const std::string counted = builder_.node("CumSum", {is_token, axis});
  const std::string masked = builder_.node("Mul", {counted, is_token});
  const std::string wide = cast(masked, onnx::TensorProto::INT64);
  const std::string offset = builder_.constant(padding_id);
  return make(builder_.node("Add", {wide, offset}), 2);
}

}  // namespace quantbench::model
