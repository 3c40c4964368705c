#pragma once

#include <string>
#include <vector>

#include "quantbench/model/blocks/encoder_layer.h"
#include "quantbench/model/config.h"

namespace quantbench::model {

/// The configuration of ViT, DeiT and BEiT, which share keys and defaults.
struct VisionConfig {
  explicit VisionConfig(const Config& config);

  /// Number of patches in an image of the configured size.
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t patch;
  std::int64_t channels;
  std::int64_t layers;
  EncoderSizes sizes;
};

/// Learned tokens, then the patches as tokens: [batch, tokens + patches, hidden]. `name` is the
/// module's name ("vit.embeddings"); `tokens` are names in the module ("cls_token").
Value vision_embeddings(Forward& forward, const VisionConfig& config, const std::string& name,
                        const std::vector<std::string>& tokens);

/// Adds "`name`.position_embeddings": one for each learned token, then one for each patch.
Value add_vision_positions(Forward& forward, const VisionConfig& config, const std::string& name,
                           std::int64_t tokens, Value x);

/// Weight names of ViT's layer i under `encoder` ("vit.encoder").
LayerNames vision_layer_names(const std::string& encoder, std::int64_t i);

/// ViT or DeiT without the classifier: embeddings with `tokens`, layers, and the last LayerNorm.
/// `name` is "vit" or "deit".
Value vision_transformer(Forward& forward, const VisionConfig& config, const std::string& name,
                         const std::vector<std::string>& tokens, const PreNormOptions& options);

}  // namespace quantbench::model
