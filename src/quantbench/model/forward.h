#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantbench/model/activation.h"

namespace quantbench::model {

/// A tensor in the forward pass of a model: a number that only the `Forward` that made it can read,
/// and the tensor's rank.
struct Value {
  int id = -1;
  int rank = 0;
};

/// How exporters of 2022 wrote scaled dot-product attention; the mathematics is the same, the nodes
/// are not.
enum class AttentionForm {
  /// BERT: softmax(q k^T / sqrt(d) + mask) v, the mask additive.
  kScaleScores,
  /// DistilBERT: softmax(where(mask, lowest, (q / sqrt(d)) k^T)) v.
  kScaleQueries,
};

struct AttentionOptions {
  AttentionForm form = AttentionForm::kScaleScores;
  std::int64_t heads = 1;
  std::int64_t head_size = 1;
  /// kScaleScores: of `additive_mask`; kScaleQueries: the attention_mask itself. Images have none.
  std::optional<Value> mask;
  /// Added to the scores, [1, heads, sequence, sequence] (BEiT's relative positions).
  std::optional<Value> bias;
};

/// The operations that a model's forward pass is described in. An architecture calls them in the
/// order of its layers; an implementation turns each call into ONNX nodes (OnnxForward) or runs it,
/// so that one description serves every framework.
///
/// Weights are named as in the checkpoint: `linear(x, "bert.pooler.dense", ...)` uses
/// "bert.pooler.dense.weight" and ".bias". Every implementation throws Error when a tensor is
/// missing or has another shape than the arguments imply.
class Forward {
 public:
  virtual ~Forward() = default;

  /// A model input of that name: "input_ids", ... int64 [batch, sequence]; "pixel_values" float32
  /// [batch, channels, height, width].
  virtual Value input(std::string_view name) = 0;

  // Embeddings.

  /// Rows of weight [rows, columns] picked by ids.
  virtual Value embedding(Value ids, const std::string& weight, std::int64_t rows,
                          std::int64_t columns) = 0;
  /// [1, sequence]: 0, 1, 2, ... for as many tokens as `ids` has; `limit` is the model's maximum.
  virtual Value positions(Value ids, std::int64_t limit) = 0;
  /// RoBERTa: tokens other than `padding_id` are counted from padding_id + 1, padding stays at
  /// padding_id.
  virtual Value positions_past_padding(Value ids, std::int64_t padding_id) = 0;
  /// Token type 0 for every token: [batch, sequence]; `limit` is the model's maximum length.
  virtual Value zero_token_types(Value ids, std::int64_t limit) = 0;
  /// Convolution with stride `patch` over [batch, channels, height, width]; its positions become
  /// tokens: [batch, patches, hidden].
  virtual Value patch_embedding(Value pixels, const std::string& name, std::int64_t channels,
                                std::int64_t patch, std::int64_t hidden) = 0;
  /// Learned tokens [1, 1, hidden], one a name, before those of x [batch, tokens, hidden].
  virtual Value prepend_tokens(Value x, const std::vector<std::string>& names,
                               std::int64_t hidden) = 0;

  // Layers.

  /// x W^T + b over the last axis; `bias` false where the layer has none.
  virtual Value linear(Value x, const std::string& name, std::int64_t in, std::int64_t out,
                       bool bias = true) = 0;
  virtual Value layer_norm(Value x, const std::string& name, std::int64_t size, double epsilon) = 0;
  virtual Value activation(Value x, Activation activation) = 0;
  virtual Value add(Value a, Value b) = 0;
  /// x + a learned tensor of that shape.
  virtual Value add_parameter(Value x, const std::string& name,
                              const std::vector<std::int64_t>& shape) = 0;
  /// x * a learned vector over the last axis.
  virtual Value scale_parameter(Value x, const std::string& name, std::int64_t size) = 0;

  /// attention_mask (1: token, 0: padding) as what is added to the scores: 0 and the lowest float.
  virtual Value additive_mask(Value attention_mask) = 0;
  /// BEiT: rows of table [rows, heads] picked by index [sequence * sequence], as the `bias` of
  /// `attention`: [1, heads, sequence, sequence].
  virtual Value relative_position_bias(const std::string& table, std::int64_t rows,
                                       std::int64_t heads,
                                       const std::vector<std::int64_t>& index) = 0;
  /// Context [batch, sequence, heads * head_size] of projected queries, keys and values of the same
  /// shape.
  virtual Value attention(Value query, Value key, Value value, const AttentionOptions& options) = 0;

  // Heads.

  /// x[:, index] of [batch, sequence, hidden].
  virtual Value token(Value x, std::int64_t index) = 0;
  /// Mean over the tokens of x from the second on: [batch, hidden].
  virtual Value mean_of_patches(Value x) = 0;
  /// (a + b) / 2.
  virtual Value average(Value a, Value b) = 0;
  /// The two columns of [batch, sequence, 2], each [batch, sequence].
  virtual std::pair<Value, Value> split_columns(Value x) = 0;
};

}  // namespace quantbench::model
