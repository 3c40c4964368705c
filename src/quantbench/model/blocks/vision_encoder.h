#pragma once

#include <string>
#include <vector>

#include "quantbench/model/blocks/encoder_layer.h"
#include "quantbench/model/config.h"

namespace quantbench::model {

/// The configuration that ViT, DeiT and BEiT share, by the same keys and defaults.
struct VisionConfig {
  explicit VisionConfig(const Config& config);

  /// Patches of an image of the configured size.
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t patch;
  std::int64_t channels;
  std::int64_t layers;
  EncoderSizes sizes;
};

/// Patches as tokens, learned tokens before them: [batch, tokens + patches, hidden]. `name` is that
/// of the module ("vit.embeddings"), `tokens` those under it ("cls_token").
Value vision_embeddings(Forward& forward, const VisionConfig& config, const std::string& name,
                        const std::vector<std::string>& tokens);

/// Adds "`name`.position_embeddings", one for each of `tokens` learned tokens and each patch.
Value add_vision_positions(Forward& forward, const VisionConfig& config, const std::string& name,
                           std::int64_t tokens, Value x);

/// The names of ViT's layer i under `encoder` ("vit.encoder").
LayerNames vision_layer_names(const std::string& encoder, std::int64_t i);

/// All of ViT and DeiT but the classifier: embeddings with `tokens`, layers, the last LayerNorm.
/// `name` is "vit" or "deit".
Value vision_transformer(Forward& forward, const VisionConfig& config, const std::string& name,
                         const std::vector<std::string>& tokens, const PreNormOptions& options);

}  // namespace quantbench::model
