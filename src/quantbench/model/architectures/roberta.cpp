#include "quantbench/model/blocks/bert_encoder.h"
#include "quantbench/model/heads/text_heads.h"

namespace quantbench::model {

namespace {

/// RoBERTa (Liu et al. 2019) and the multilingual XLM-RoBERTa and CamemBERT: BERT without token
/// type inputs. Positions start after the padding token's id.
class Roberta final : public TextNetwork {
 public:
  Roberta(const checkpoint::Checkpoint& checkpoint, std::string_view task)
      : TextNetwork(checkpoint, task,
                    {"classifier.dense", Activation::kTanh, "classifier.out_proj"}),
        config_(Config(checkpoint), {.vocabulary = 50265}),
        padding_id_(Config(checkpoint).id("pad_token_id", 1)) {}

 protected:
  std::int64_t hidden_size() const override { return config_.sizes.hidden; }

  Value encode(Forward& forward) const override {
    const Value ids = forward.input("input_ids");
    const Value positions = forward.positions_past_padding(ids, padding_id_);
    const Value token_types = forward.zero_token_types(ids, config_.maximum_length);
    const Value embedded = bert_embeddings(forward, config_, "roberta.embeddings",
                                           config_.sizes.hidden, ids, token_types, positions);
    return bert_encoder(forward, config_, "roberta.encoder", embedded);
  }

 private:
  BertConfig config_;
  std::int64_t padding_id_;
};

class RobertaArchitecture final : public TextArchitecture {
 public:
  std::string base_model_prefix() const override { return "roberta"; }
  std::unique_ptr<const Network> network(const checkpoint::Checkpoint& checkpoint,
                                         std::string_view task) const override {
    return std::make_unique<Roberta>(checkpoint, task);
  }
};

}  // namespace

void register_roberta(ArchitectureRegistry& registry) {
  for (const char* model_type : {"roberta", "xlm-roberta", "camembert"}) {
    registry.add(model_type, std::make_unique<RobertaArchitecture>());
  }
}

}  // namespace quantbench::model
