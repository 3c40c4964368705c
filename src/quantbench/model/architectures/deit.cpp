#include "quantbench/model/blocks/vision_encoder.h"
#include "quantbench/model/heads/image_classification.h"

namespace quantbench::model {

namespace {

/// DeiT (Touvron et al. 2020): ViT with a distillation token. Checkpoints distilled from a teacher
/// (DeiTForImageClassificationWithTeacher) average the classifiers of both tokens.
class Deit final : public ImageNetwork {
 public:
  explicit Deit(const checkpoint::Checkpoint& checkpoint)
      : ImageNetwork(checkpoint), config_(Config(checkpoint)) {
    const Config config(checkpoint);
    const bool bias = config.flag("qkv_bias", true);
    options_.bias = {.query_and_value = bias, .key = bias};
    with_teacher_ = config.has_architecture("DeiTForImageClassificationWithTeacher");
  }

 protected:
  Value classify(Forward& forward, std::int64_t labels) const override {
    const std::int64_t hidden = config_.sizes.hidden;
    const Value encoded =
        vision_transformer(forward, config_, "deit", {"cls_token", "distillation_token"}, options_);
    const Value first = forward.token(encoded, 0);
    if (!with_teacher_) return forward.linear(first, "classifier", hidden, labels);
    const Value by_class = forward.linear(first, "cls_classifier", hidden, labels);
    const Value by_teacher =
        forward.linear(forward.token(encoded, 1), "distillation_classifier", hidden, labels);
    return forward.average(by_class, by_teacher);
  }

 private:
  VisionConfig config_;
  PreNormOptions options_;
  bool with_teacher_ = false;
};

class DeitArchitecture final : public ImageArchitecture {
 public:
  std::string base_model_prefix() const override { return "deit"; }
  std::unique_ptr<const Network> network(const checkpoint::Checkpoint& checkpoint,
                                         std::string_view) const override {
    return std::make_unique<Deit>(checkpoint);
  }
};

}  // namespace

void register_deit(ArchitectureRegistry& registry) {
  registry.add("deit", std::make_unique<DeitArchitecture>());
}

}  // namespace quantbench::model
