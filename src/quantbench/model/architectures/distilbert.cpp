#include "quantbench/model/blocks/encoder_layer.h"
#include "quantbench/model/config.h"
#include "quantbench/model/heads/text_heads.h"

namespace quantbench::model {

namespace {

/// DistilBERT (Sanh et al. 2019): BERT with half of the layers, without token types and pooler.
class DistilBert final : public TextNetwork {
 public:
  DistilBert(const checkpoint::Checkpoint& checkpoint, std::string_view task)
      : TextNetwork(checkpoint, task, {"pre_classifier", Activation::kRelu, "classifier"}) {
    const Config config(checkpoint);
    config.expect_plain_encoder();
    vocabulary_ = config.size("vocab_size", 30522);
    maximum_length_ = config.maximum_length("max_position_embeddings", 512);
    layers_ = config.layers("n_layers", 6);
    sizes_.hidden = config.size("dim", 768);
    sizes_.intermediate = config.size("hidden_dim", 4 * 768);
    sizes_.heads = config.size("n_heads", 12);
    sizes_.head_size = config.head_size("dim", sizes_.hidden, "n_heads", sizes_.heads);
    sizes_.activation = config.activation("activation", "gelu");
    sizes_.epsilon = 1e-12;
  }

 protected:
  std::int64_t hidden_size() const override { return sizes_.hidden; }

  Value encode(Forward& forward) const override {
    const std::string embeddings = "distilbert.embeddings.";
    const Value ids = forward.input("input_ids");
    const Value words =
        forward.embedding(ids, embeddings + "word_embeddings.weight", vocabulary_, sizes_.hidden);
    const Value positions = forward.embedding(forward.positions(ids, maximum_length_),
                                              embeddings + "position_embeddings.weight",
                                              maximum_length_, sizes_.hidden);
    Value x = forward.layer_norm(forward.add(words, positions), embeddings + "LayerNorm",
                                 sizes_.hidden, sizes_.epsilon);
    const AttentionContext context = {
        .form = AttentionForm::kScaleQueries, .mask = forward.input("attention_mask"), .bias = {}};
    for (std::int64_t i = 0; i < layers_; ++i) {
      x = post_norm_layer(forward, x, names(i), sizes_, context);
    }
    return x;
  }

 private:
  static LayerNames names(std::int64_t i) {
    const std::string layer = "distilbert.transformer.layer." + std::to_string(i) + ".";
    return {.query = layer + "attention.q_lin",
            .key = layer + "attention.k_lin",
            .value = layer + "attention.v_lin",
            .attention_output = layer + "attention.out_lin",
            .attention_norm = layer + "sa_layer_norm",
            .intermediate = layer + "ffn.lin1",
            .output = layer + "ffn.lin2",
            .output_norm = layer + "output_layer_norm"};
  }

  std::int64_t vocabulary_;
  std::int64_t maximum_length_;
  std::int64_t layers_;
  EncoderSizes sizes_;
};

class DistilBertArchitecture final : public TextArchitecture {
 public:
  std::string base_model_prefix() const override { return "distilbert"; }
  std::unique_ptr<const Network> network(const checkpoint::Checkpoint& checkpoint,
                                         std::string_view task) const override {
    return std::make_unique<DistilBert>(checkpoint, task);
  }
};

}  // namespace

void register_distilbert(ArchitectureRegistry& registry) {
  registry.add("distilbert", std::make_unique<DistilBertArchitecture>());
}

}  // namespace quantbench::model
