#include "quantbench/model/blocks/vision_encoder.h"

#include "quantbench/base/error.h"

namespace quantbench::model {

namespace {

/// More patches than any image model has. BEiT's relative positions grow with the square of this.
constexpr std::int64_t kMaximumPatches = 4096;

std::int64_t square_side(const Config& config, std::string_view key, std::int64_t fallback) {
  const Config::Area area = config.area(key, fallback);
  if (area.height != area.width) {
    throw Error("key '" + std::string(key) + "' must be square", config.where());
  }
  return area.height;
}

}  // namespace

VisionConfig::VisionConfig(const Config& config) {
  config.expect_plain_encoder();
  const Config::Area image = config.area("image_size", 224);
  patch = square_side(config, "patch_size", 16);
  rows = image.height / patch;
  columns = image.width / patch;
  if (rows < 1 || columns < 1 || rows > kMaximumPatches / columns) {
    throw Error("'image_size' and 'patch_size' give " + std::to_string(rows) + " x " +
                    std::to_string(columns) + " patches, expected 1 to " +
                    std::to_string(kMaximumPatches),
                config.where());
  }
  channels = config.size("num_channels", 3);
  layers = config.layers("num_hidden_layers", 12);
  sizes.hidden = config.size("hidden_size", 768);
  sizes.intermediate = config.size("intermediate_size", 3072);
  sizes.heads = config.size("num_attention_heads", 12);
  sizes.head_size =
      config.head_size("hidden_size", sizes.hidden, "num_attention_heads", sizes.heads);
  sizes.activation = config.activation("hidden_act", "gelu");
  sizes.epsilon = config.number("layer_norm_eps", 1e-12);
}

Value vision_embeddings(Forward& forward, const VisionConfig& config, const std::string& name,
                        const std::vector<std::string>& tokens) {
  const Value patches =
      forward.patch_embedding(forward.input("pixel_values"), name + ".patch_embeddings.projection",
                              config.channels, config.patch, config.sizes.hidden);
  std::vector<std::string> names;
  for (const std::string& token : tokens) names.push_back(name + "." + token);
  return forward.prepend_tokens(patches, names, config.sizes.hidden);
}

Value add_vision_positions(Forward& forward, const VisionConfig& config, const std::string& name,
                           std::int64_t tokens, Value x) {
  return forward.add_parameter(x, name + ".position_embeddings",
                               {1, config.rows * config.columns + tokens, config.sizes.hidden});
}

LayerNames vision_layer_names(const std::string& encoder, std::int64_t i) {
  const std::string layer = encoder + ".layer." + std::to_string(i);
  return {.query = layer + ".attention.attention.query",
          .key = layer + ".attention.attention.key",
          .value = layer + ".attention.attention.value",
          .attention_output = layer + ".attention.output.dense",
          .attention_norm = layer + ".layernorm_before",
          .intermediate = layer + ".intermediate.dense",
          .output = layer + ".output.dense",
          .output_norm = layer + ".layernorm_after"};
}

Value vision_transformer(Forward& forward, const VisionConfig& config, const std::string& name,
                         const std::vector<std::string>& tokens, const PreNormOptions& options) {
  const std::string embeddings = name + ".embeddings";
  Value x = vision_embeddings(forward, config, embeddings, tokens);
  x = add_vision_positions(forward, config, embeddings, static_cast<std::int64_t>(tokens.size()),
                           x);
  for (std::int64_t i = 0; i < config.layers; ++i) {
    x = pre_norm_layer(forward, x, vision_layer_names(name + ".encoder", i), config.sizes, options);
  }
  return forward.layer_norm(x, name + ".layernorm", config.sizes.hidden, config.sizes.epsilon);
}

}  // namespace quantbench::model
