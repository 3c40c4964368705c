#include <cmath>
#include <limits>

#include "quantbench/model/onnx/onnx_forward.h"

namespace quantbench::model {

namespace {

/// The lowest float32: transformers' score of padding (torch.finfo().min).
constexpr float kLowest = std::numeric_limits<float>::lowest();

// [batch, tokens, heads, head_size] -> [batch, heads, tokens, head_size], and back.
const std::vector<std::int64_t>& tokens_and_heads_swapped() {
  static const std::vector<std::int64_t> permutation = {0, 2, 1, 3};
  return permutation;
}

// Keys go directly to [batch, heads, head_size, tokens]: the exporter merged the two transposes.
const std::vector<std::int64_t>& keys_transposed() {
  static const std::vector<std::int64_t> permutation = {0, 2, 3, 1};
  return permutation;
}

std::string cast(OnnxBuilder& builder, const std::string& x, onnx::TensorProto::DataType type) {
  return builder.node("Cast", {x}, {{"to", static_cast<std::int64_t>(type)}});
}

std::string divide_by_root(OnnxBuilder& builder, const std::string& x, std::int64_t head_size) {
  const std::string root = builder.constant(std::sqrt(static_cast<float>(head_size)));
  return builder.node("Div", {x, root});
}

/// Names of the tensors that an attention reads; "" if absent.
struct Inputs {
  std::string query;
  std::string key;
  std::string value;
  std::string bias;
  std::string mask;
};

/// softmax(q k^T / sqrt(d) + bias + mask) v: MatMul, Div, Add, Softmax, MatMul. Every view takes
/// its shape from the tensor, `x.size()[:-1] + (heads, head_size)`.
std::string scale_scores(OnnxBuilder& builder, const Inputs& in, const AttentionOptions& options) {
  const auto heads = [&](const std::string& x, const std::vector<std::int64_t>& permutation) {
    const std::string batch = builder.dimension(x, 0);
    const std::string length = builder.dimension(x, 1);
    return builder.transpose(builder.reshape(x, {batch, length, options.heads, options.head_size}),
                             permutation);
  };
  const std::string k = heads(in.key, keys_transposed());
  const std::string v = heads(in.value, tokens_and_heads_swapped());
  const std::string q = heads(in.query, tokens_and_heads_swapped());
  std::string scores = builder.node("MatMul", {q, k});
  scores = divide_by_root(builder, scores, options.head_size);
  if (!in.bias.empty()) scores = builder.node("Add", {scores, in.bias});
  if (!in.mask.empty()) scores = builder.node("Add", {scores, in.mask});
  const std::string weights = builder.softmax(scores, 4);
  const std::string context =
      builder.transpose(builder.node("MatMul", {weights, v}), tokens_and_heads_swapped());
  const std::string batch = builder.dimension(context, 0);
  const std::string length = builder.dimension(context, 1);
  return builder.reshape(context, {batch, length, options.heads * options.head_size});
}

/// scores.masked_fill(mask == 0, lowest): Equal, Reshape, Expand, Cast, Where.
std::string fill_masked(OnnxBuilder& builder, const std::string& scores, const std::string& mask,
                        const std::string& batch, const std::string& length) {
  const std::string zero = builder.constant(std::int64_t{0});
  const std::string padding = builder.node("Equal", {mask, zero});
  const std::string spread =
      builder.reshape(padding, {batch, std::int64_t{1}, std::int64_t{1}, length});
  const std::string size = builder.node("Shape", {scores});
  const std::string expanded = builder.node("Expand", {spread, size});
  const std::string condition = cast(builder, expanded, onnx::TensorProto::BOOL);
  const std::string lowest = builder.constant(kLowest);
  return builder.node("Where", {condition, lowest, scores});
}

/// softmax(masked_fill((q / sqrt(d)) k^T)) v: Div, MatMul, (mask), Softmax, MatMul. Views are
/// `x.view(batch, -1, heads, head_size)`.
std::string scale_queries(OnnxBuilder& builder, const Inputs& in, const AttentionOptions& options) {
  const std::string batch = builder.dimension(in.query, 0);
  const std::string length = builder.dimension(in.key, 1);
  const auto heads = [&](const std::string& x, const std::vector<std::int64_t>& permutation) {
    return builder.transpose(
        builder.reshape(x, {batch, std::int64_t{-1}, options.heads, options.head_size}),
        permutation);
  };
  const std::string q = heads(in.query, tokens_and_heads_swapped());
  const std::string k = heads(in.key, keys_transposed());
  const std::string v = heads(in.value, tokens_and_heads_swapped());
  const std::string scaled = divide_by_root(builder, q, options.head_size);
  std::string scores = builder.node("MatMul", {scaled, k});
  if (!in.mask.empty()) scores = fill_masked(builder, scores, in.mask, batch, length);
  const std::string weights = builder.softmax(scores, 4);
  const std::string context =
      builder.transpose(builder.node("MatMul", {weights, v}), tokens_and_heads_swapped());
  return builder.reshape(context, {batch, std::int64_t{-1}, options.heads * options.head_size});
}

}  // namespace

/// attention_mask[:, None, None, :] -> (1 - mask) * lowest: Unsqueeze, Unsqueeze, Cast, Sub, Mul.
Value OnnxForward::additive_mask(Value attention_mask) {
  const std::string spread = builder_.unsqueeze(builder_.unsqueeze(name_of(attention_mask), 1), 2);
  const std::string mask = cast(builder_, spread, onnx::TensorProto::FLOAT);
  const std::string one = builder_.constant(1.0F);
  const std::string padding = builder_.node("Sub", {one, mask});
  const std::string lowest = builder_.constant(kLowest);
  return make(builder_.node("Mul", {padding, lowest}), 4);
}

Value OnnxForward::attention(Value query, Value key, Value value, const AttentionOptions& options) {
  const Inputs in = {name_of(query), name_of(key), name_of(value),
                     options.bias ? name_of(*options.bias) : "",
                     options.mask ? name_of(*options.mask) : ""};
  return make(options.form == AttentionForm::kScaleScores ? scale_scores(builder_, in, options)
                                                          : scale_queries(builder_, in, options),
              3);
}

}  // namespace quantbench::model
