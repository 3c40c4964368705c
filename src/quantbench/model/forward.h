#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantbench/model/activation.h"

namespace quantbench::model {

/// A tensor in the forward pass of a model: a number that only its own `Forward` can interpret, and
/// the tensor's rank.
struct Value {
  int id = -1;
  int rank = 0;
};

/// Two forms of scaled dot-product attention in exporters of 2022. The mathematics is the same; the
/// nodes differ.
enum class AttentionForm {
  /// BERT: softmax(q k^T / sqrt(d) + mask) v, with an additive mask.
  kScaleScores,
  /// DistilBERT: softmax(where(mask, lowest, (q / sqrt(d)) k^T)) v.
  kScaleQueries,
};

struct AttentionOptions {
  AttentionForm form = AttentionForm::kScaleScores;
  std::int64_t heads = 1;
  std::int64_t head_size = 1;
  /// kScaleScores: the result of `additive_mask`. kScaleQueries: the attention_mask input. Images:
  /// none.
  std::optional<Value> mask;
  /// Bias of the scores, [1, heads, sequence, sequence] (BEiT's relative positions).
  std::optional<Value> bias;
};

/// The operations of a model's forward pass. An architecture calls them in the order of its layers.
/// An implementation turns each call into ONNX nodes (OnnxForward) or runs it, so one description
/// serves every framework.
///
/// Weights have the names of the checkpoint: `linear(x, "bert.pooler.dense", ...)` uses
/// "bert.pooler.dense.weight" and "bert.pooler.dense.bias". Every implementation throws Error if a
/// tensor is missing or its shape does not match the arguments.
class Forward {
 public:
  virtual ~Forward() = default;

  /// The model input of this name: "input_ids", ... int64 [batch, sequence]; "pixel_values" float32
  /// [batch, channels, height, width].
  virtual Value input(std::string_view name) = 0;

  // Embeddings.

  /// Rows of weight [rows, columns], selected by ids.
  virtual Value embedding(Value ids, const std::string& weight, std::int64_t rows,
                          std::int64_t columns) = 0;
  /// [1, sequence]: 0, 1, 2, ... up to the length of `ids`. `limit` is the model's maximum length.
  virtual Value positions(Value ids, std::int64_t limit) = 0;
  /// RoBERTa: padding has position padding_id; other tokens count up from padding_id + 1.
  virtual Value positions_past_padding(Value ids, std::int64_t padding_id) = 0;
  /// Token type 0 for every token: [batch, sequence]. `limit` is the model's maximum length.
  virtual Value zero_token_types(Value ids, std::int64_t limit) = 0;
  /// Convolution with stride `patch` over [batch, channels, height, width]. Its positions become
  /// tokens: [batch, patches, hidden].
  virtual Value patch_embedding(Value pixels, const std::string& name, std::int64_t channels,
                                std::int64_t patch, std::int64_t hidden) = 0;
  /// Puts learned tokens [1, 1, hidden], one per name, before the tokens of x [batch, tokens,
  /// hidden].
  virtual Value prepend_tokens(Value x, const std::vector<std::string>& names,
                               std::int64_t hidden) = 0;

  // Layers.

  /// x W^T + b over the last axis. `bias` false: without b.
  virtual Value linear(Value x, const std::string& name, std::int64_t in, std::int64_t out,
                       bool bias = true) = 0;
  virtual Value layer_norm(Value x, const std::string& name, std::int64_t size, double epsilon) = 0;
  virtual Value activation(Value x, Activation activation) = 0;
  virtual Value add(Value a, Value b) = 0;
  /// x + a learned tensor of the same shape.
  virtual Value add_parameter(Value x, const std::string& name,
                              const std::vector<std::int64_t>& shape) = 0;
  /// x * a learned vector over the last axis.
  virtual Value scale_parameter(Value x, const std::string& name, std::int64_t size) = 0;

  /// attention_mask (1: token, 0: padding) in additive form: 0 and the lowest float.
  virtual Value additive_mask(Value attention_mask) = 0;
  /// BEiT: rows of table [rows, heads], selected by index [sequence * sequence], as the `bias` of
  /// `attention`: [1, heads, sequence, sequence].
  virtual Value relative_position_bias(const std::string& table, std::int64_t rows,
                                       std::int64_t heads,
                                       const std::vector<std::int64_t>& index) = 0;
  /// Attention over projected queries, keys and values. These and the result have the shape [batch,
  /// sequence, heads * head_size].
  virtual Value attention(Value query, Value key, Value value, const AttentionOptions& options) = 0;

  // Heads.

  /// x[:, index] of [batch, sequence, hidden].
  virtual Value token(Value x, std::int64_t index) = 0;
  /// Mean of x over all tokens except the first: [batch, hidden].
  virtual Value mean_of_patches(Value x) = 0;
  /// (a + b) / 2.
  virtual Value average(Value a, Value b) = 0;
  /// The two columns of [batch, sequence, 2], each [batch, sequence].
  virtual std::pair<Value, Value> split_columns(Value x) = 0;
};

}  // namespace quantbench::model
