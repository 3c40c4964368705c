#include "quantbench/model/blocks/bert_encoder.h"
#include "quantbench/model/heads/text_heads.h"

namespace quantbench::model {

namespace {

/// ELECTRA's discriminator (Clark et al. 2020): BERT with an embedding size of its own.
class Electra final : public TextNetwork {
 public:
  Electra(const checkpoint::Checkpoint& checkpoint, std::string_view task)
      : TextNetwork(checkpoint, task,
                    {"classifier.dense", Activation::kGelu, "classifier.out_proj"}),
        config_(Config(checkpoint), {.hidden = 256, .heads = 4, .intermediate = 1024}),
        embedding_size_(Config(checkpoint).size("embedding_size", 128)) {}

 protected:
  std::int64_t hidden_size() const override { return config_.sizes.hidden; }

  Value encode(Forward& forward) const override {
    const Value ids = forward.input("input_ids");
    Value x = bert_embeddings(forward, config_, "electra.embeddings", embedding_size_, ids,
                              forward.input("token_type_ids"),
                              forward.positions(ids, config_.maximum_length));
    if (embedding_size_ != config_.sizes.hidden) {
      x = forward.linear(x, "electra.embeddings_project", embedding_size_, config_.sizes.hidden);
    }
    return bert_encoder(forward, config_, "electra.encoder", x);
  }

 private:
  BertConfig config_;
  std::int64_t embedding_size_;
};

class ElectraArchitecture final : public TextArchitecture {
 public:
  std::vector<std::string> input_names(const checkpoint::Checkpoint&) const override {
    return {"input_ids", "attention_mask", "token_type_ids"};
  }
  std::string base_model_prefix() const override { return "electra"; }
  std::unique_ptr<const Network> network(const checkpoint::Checkpoint& checkpoint,
                                         std::string_view task) const override {
    return std::make_unique<Electra>(checkpoint, task);
  }
};

}  // namespace

void register_electra(ArchitectureRegistry& registry) {
  registry.add("electra", std::make_unique<ElectraArchitecture>());
}

}  // namespace quantbench::model
