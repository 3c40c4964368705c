#include <optional>

#include "quantbench/base/error.h"
#include "quantbench/model/blocks/vision_encoder.h"
#include "quantbench/model/heads/image_classification.h"

namespace quantbench::model {

namespace {

/// Row of the bias table for each pair of tokens. Pairs of patches use the row of their offset in
/// the image; pairs with the first token use the last three rows (Bao et al. 2021; Liu et al. 2021,
/// section 3.2).
std::vector<std::int64_t> relative_position_index(std::int64_t rows, std::int64_t columns,
                                                  std::int64_t table_rows) {
  const std::int64_t tokens = rows * columns + 1;
  std::vector<std::int64_t> index;
  index.reserve(static_cast<std::size_t>(tokens * tokens));
  for (std::int64_t i = 0; i < tokens; ++i) {
    for (std::int64_t j = 0; j < tokens; ++j) {
      if (i == 0 && j == 0) {
        index.push_back(table_rows - 1);
      } else if (i == 0) {
        index.push_back(table_rows - 3);
      } else if (j == 0) {
        index.push_back(table_rows - 2);
      } else {
        const std::int64_t down = (i - 1) / columns - (j - 1) / columns + rows - 1;
        const std::int64_t right = (i - 1) % columns - (j - 1) % columns + columns - 1;
        index.push_back(down * (2 * columns - 1) + right);
      }
    }
  }
  return index;
}

/// BEiT (Bao et al. 2021): ViT with relative positions, scaled sublayers and keys without bias. It
/// classifies the mean of the patches.
class Beit final : public ImageNetwork {
 public:
  explicit Beit(const checkpoint::Checkpoint& checkpoint)
      : ImageNetwork(checkpoint), config_(Config(checkpoint)) {
    const Config config(checkpoint);
    absolute_positions_ = config.flag("use_absolute_position_embeddings", false);
    relative_positions_ = config.flag("use_relative_position_bias", false);
    shared_relative_positions_ = config.flag("use_shared_relative_position_bias", false);
    scaled_ = config.number("layer_scale_init_value", 0.1) > 0;
    mean_pooling_ = config.flag("use_mean_pooling", true);
    if (relative_positions_ || shared_relative_positions_) {
      if (config_.rows != config_.columns) {
        throw Error("'image_size' must be square for relative positions", config.where());
      }
      table_rows_ = (2 * config_.rows - 1) * (2 * config_.columns - 1) + 3;
      index_ = relative_position_index(config_.rows, config_.columns, table_rows_);
    }
  }

 protected:
  Value classify(Forward& forward, std::int64_t labels) const override {
    const EncoderSizes& sizes = config_.sizes;
    Value x = encode(forward);
    if (mean_pooling_) {
      x = forward.layer_norm(forward.mean_of_patches(x), "beit.pooler.layernorm", sizes.hidden,
                             sizes.epsilon);
    } else {
      x = forward.token(forward.layer_norm(x, "beit.layernorm", sizes.hidden, sizes.epsilon), 0);
    }
    return forward.linear(x, "classifier", sizes.hidden, labels);
  }

 private:
  Value encode(Forward& forward) const {
    Value x = vision_embeddings(forward, config_, "beit.embeddings", {"cls_token"});
    if (absolute_positions_) {
      x = add_vision_positions(forward, config_, "beit.embeddings", 1, x);
    }
    std::optional<Value> shared;
    if (shared_relative_positions_) shared = bias(forward, "beit.encoder");
    for (std::int64_t i = 0; i < config_.layers; ++i) {
      const std::string layer = "beit.encoder.layer." + std::to_string(i);
      PreNormOptions options;
      options.bias = {.query_and_value = true, .key = false};
      options.context.bias = shared;
      if (relative_positions_) {
        const Value own = bias(forward, layer + ".attention.attention");
        options.context.bias = shared ? forward.add(own, *shared) : own;
      }
      if (scaled_) {
        options.attention_scale = layer + ".lambda_1";
        options.output_scale = layer + ".lambda_2";
      }
      x = pre_norm_layer(forward, x, vision_layer_names("beit.encoder", i), config_.sizes, options);
    }
    return x;
  }

  Value bias(Forward& forward, const std::string& module) const {
    return forward.relative_position_bias(
        module + ".relative_position_bias.relative_position_bias_table", table_rows_,
        config_.sizes.heads, index_);
  }

  VisionConfig config_;
  bool absolute_positions_ = false;
  bool relative_positions_ = false;
  bool shared_relative_positions_ = false;
  bool scaled_ = false;
  bool mean_pooling_ = true;
  std::int64_t table_rows_ = 0;
  std::vector<std::int64_t> index_;
};

class BeitArchitecture final : public ImageArchitecture {
 public:
  std::string base_model_prefix() const override { return "beit"; }
  std::unique_ptr<const Network> network(const checkpoint::Checkpoint& checkpoint,
                                         std::string_view) const override {
    return std::make_unique<Beit>(checkpoint);
  }
};

}  // namespace

void register_beit(ArchitectureRegistry& registry) {
  registry.add("beit", std::make_unique<BeitArchitecture>());
}

}  // namespace quantbench::model
