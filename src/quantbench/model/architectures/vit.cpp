#include "quantbench/model/blocks/vision_encoder.h"
#include "quantbench/model/heads/image_classification.h"

namespace quantbench::model {

namespace {

/// ViT (Dosovitskiy et al. 2020). It classifies the first token.
class Vit final : public ImageNetwork {
 public:
  explicit Vit(const checkpoint::Checkpoint& checkpoint)
      : ImageNetwork(checkpoint), config_(Config(checkpoint)) {
    const bool bias = Config(checkpoint).flag("qkv_bias", true);
    options_.bias = {.query_and_value = bias, .key = bias};
  }

 protected:
  Value classify(Forward& forward, std::int64_t labels) const override {
    const Value encoded = vision_transformer(forward, config_, "vit", {"cls_token"}, options_);
    return forward.linear(forward.token(encoded, 0), "classifier", config_.sizes.hidden, labels);
  }

 private:
  VisionConfig config_;
  PreNormOptions options_;
};

class VitArchitecture final : public ImageArchitecture {
 public:
  std::string base_model_prefix() const override { return "vit"; }
  std::unique_ptr<const Network> network(const checkpoint::Checkpoint& checkpoint,
                                         std::string_view) const override {
    return std::make_unique<Vit>(checkpoint);
  }
};

}  // namespace

void register_vit(ArchitectureRegistry& registry) {
  registry.add("vit", std::make_unique<VitArchitecture>());
}

}  // namespace quantbench::model
