#include "quantbench/base/error.h"
#include "quantbench/model/blocks/bert_encoder.h"
#include "quantbench/model/heads/text_heads.h"

namespace quantbench::model {

namespace {

/// ALBERT (Lan et al. 2019): BERT with small embeddings and layers that share their weights.
class Albert final : public TextNetwork {
 public:
  Albert(const checkpoint::Checkpoint& checkpoint, std::string_view task)
      : TextNetwork(checkpoint, task, {"albert.pooler", Activation::kTanh, "classifier"}),
        config_(Config(checkpoint), {.vocabulary = 30000,
                                     .hidden = 4096,
                                     .heads = 64,
                                     .intermediate = 16384,
                                     .activation = "gelu_new"}) {
    const Config config(checkpoint);
    embedding_size_ = config.size("embedding_size", 128);
    groups_ = config.size("num_hidden_groups", 1);
    layers_of_a_group_ = config.layers("inner_group_num", 1);
    if (groups_ > config_.layers) {
      throw Error("'num_hidden_groups' (" + std::to_string(groups_) +
                      ") exceeds 'num_hidden_layers' (" + std::to_string(config_.layers) + ")",
                  config.where());
    }
  }

 protected:
  std::int64_t hidden_size() const override { return config_.sizes.hidden; }

  Value encode(Forward& forward) const override {
    const Value ids = forward.input("input_ids");
    const Value embedded = bert_embeddings(forward, config_, "albert.embeddings", embedding_size_,
                                           ids, forward.input("token_type_ids"),
                                           forward.positions(ids, config_.maximum_length));
    Value x = forward.linear(embedded, "albert.encoder.embedding_hidden_mapping_in",
                             embedding_size_, config_.sizes.hidden);
    const AttentionContext context = padding_mask(forward);
    for (std::int64_t i = 0; i < config_.layers; ++i) {
      for (std::int64_t j = 0; j < layers_of_a_group_; ++j) {
        x = post_norm_layer(forward, x, names(group_of(i), j), config_.sizes, context);
      }
    }
    return x;
  }

 private:
  /// Rounded in floating point, as in transformers.
  std::int64_t group_of(std::int64_t layer) const {
    return static_cast<std::int64_t>(
        static_cast<double>(layer) /
        (static_cast<double>(config_.layers) / static_cast<double>(groups_)));
  }

  static LayerNames names(std::int64_t group, std::int64_t layer_of_group) {
    const std::string layer = "albert.encoder.albert_layer_groups." + std::to_string(group) +
                              ".albert_layers." + std::to_string(layer_of_group) + ".";
    return {.query = layer + "attention.query",
            .key = layer + "attention.key",
            .value = layer + "attention.value",
            .attention_output = layer + "attention.dense",
            .attention_norm = layer + "attention.LayerNorm",
            .intermediate = layer + "ffn",
            .output = layer + "ffn_output",
            .output_norm = layer + "full_layer_layer_norm"};
  }

  BertConfig config_;
  std::int64_t embedding_size_ = 0;
  std::int64_t groups_ = 1;
  std::int64_t layers_of_a_group_ = 1;
};

class AlbertArchitecture final : public TextArchitecture {
 public:
  std::vector<std::string> input_names(const checkpoint::Checkpoint&) const override {
    return {"input_ids", "attention_mask", "token_type_ids"};
  }
  std::string base_model_prefix() const override { return "albert"; }
  std::unique_ptr<const Network> network(const checkpoint::Checkpoint& checkpoint,
                                         std::string_view task) const override {
    return std::make_unique<Albert>(checkpoint, task);
  }
};

}  // namespace

void register_albert(ArchitectureRegistry& registry) {
  registry.add("albert", std::make_unique<AlbertArchitecture>());
}

}  // namespace quantbench::model
