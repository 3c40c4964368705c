#include "quantbench/model/blocks/bert_encoder.h"
#include "quantbench/model/heads/text_heads.h"

namespace quantbench::model {

namespace {

/// BERT (Devlin et al. 2018) and MiniLM, which differs only in its training.
class Bert final : public TextNetwork {
 public:
  Bert(const checkpoint::Checkpoint& checkpoint, std::string_view task)
      : TextNetwork(checkpoint, task, {"bert.pooler.dense", Activation::kTanh, "classifier"}),
        config_(Config(checkpoint)) {}

 protected:
  std::int64_t hidden_size() const override { return config_.sizes.hidden; }

  Value encode(Forward& forward) const override {
    const Value ids = forward.input("input_ids");
    const Value embedded = bert_embeddings(
        forward, config_, "bert.embeddings", config_.sizes.hidden, ids,
        forward.input("token_type_ids"), forward.positions(ids, config_.maximum_length));
    return bert_encoder(forward, config_, "bert.encoder", embedded);
  }

 private:
  BertConfig config_;
};

class BertArchitecture final : public TextArchitecture {
 public:
  std::vector<std::string> input_names(const checkpoint::Checkpoint&) const override {
    return {"input_ids", "attention_mask", "token_type_ids"};
  }
  std::string base_model_prefix() const override { return "bert"; }
  std::unique_ptr<const Network> network(const checkpoint::Checkpoint& checkpoint,
                                         std::string_view task) const override {
    return std::make_unique<Bert>(checkpoint, task);
  }
};

}  // namespace

void register_bert(ArchitectureRegistry& registry) {
  registry.add("bert", std::make_unique<BertArchitecture>());
}

}  // namespace quantbench::model
