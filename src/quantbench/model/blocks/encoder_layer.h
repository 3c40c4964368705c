#pragma once

#include <string>

#include "quantbench/model/forward.h"

namespace quantbench::model {

/// Sizes and functions common to all layers of an encoder.
struct EncoderSizes {
  std::int64_t hidden = 0;
  std::int64_t intermediate = 0;
  std::int64_t heads = 0;
  std::int64_t head_size = 0;
  Activation activation = Activation::kGelu;
  double epsilon = 1e-12;
};

/// Names of one layer's weights in a family.
struct LayerNames {
  std::string query;
  std::string key;
  std::string value;
  std::string attention_output;
  std::string attention_norm;
  std::string intermediate;
  std::string output;
  std::string output_norm;

  /// BERT's names under `layer` ("bert.encoder.layer.0"). Most families use them.
  static LayerNames bert(const std::string& layer);
};

/// Mask and bias of the attention scores.
struct AttentionContext {
  AttentionForm form = AttentionForm::kScaleScores;
  std::optional<Value> mask;
  std::optional<Value> bias;
};

/// Which projections of an attention have a bias.
struct ProjectionBias {
  bool query_and_value = true;
  bool key = true;
};

/// Projections, attention heads and output projection: [batch, sequence, hidden].
Value self_attention(Forward& forward, Value x, const LayerNames& names, const EncoderSizes& sizes,
                     const AttentionContext& context, const ProjectionBias& bias = {});

/// linear, activation, linear.
Value feed_forward(Forward& forward, Value x, const LayerNames& names, const EncoderSizes& sizes);

/// The layer of Vaswani et al. 2017, as in BERT: each sublayer's output is added to its input, then
/// normalized.
Value post_norm_layer(Forward& forward, Value x, const LayerNames& names, const EncoderSizes& sizes,
                      const AttentionContext& context);

/// Differences between the layers of image models.
struct PreNormOptions {
  ProjectionBias bias;
  AttentionContext context;
  /// Learned vectors that scale the output of attention and of the feed-forward (LayerScale,
  /// Touvron et al. 2021, as in BEiT). Empty: no scaling.
  std::string attention_scale;
  std::string output_scale;
};

/// The layer of ViT: each sublayer's input is normalized (attention_norm, output_norm), and its
/// output is added to the input.
Value pre_norm_layer(Forward& forward, Value x, const LayerNames& names, const EncoderSizes& sizes,
                     const PreNormOptions& options);

}  // namespace quantbench::model
