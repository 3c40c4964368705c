#include "quantbench/model/blocks/bert_encoder.h"

namespace quantbench::model {

BertConfig::BertConfig(const Config& config, const BertDefaults& defaults)
    : vocabulary(config.size("vocab_size", defaults.vocabulary)),
      maximum_length(config.maximum_length("max_position_embeddings", 512)),
      token_types(config.size("type_vocab_size", 2)),
      layers(config.layers("num_hidden_layers", 12)) {
  config.expect_plain_encoder();
  sizes.hidden = config.size("hidden_size", defaults.hidden);
  sizes.intermediate = config.size("intermediate_size", defaults.intermediate);
  sizes.heads = config.size("num_attention_heads", defaults.heads);
  sizes.head_size =
      config.head_size("hidden_size", sizes.hidden, "num_attention_heads", sizes.heads);
  sizes.activation = config.activation("hidden_act", defaults.activation);
  sizes.epsilon = config.number("layer_norm_eps", 1e-12);
}

Value bert_embeddings(Forward& forward, const BertConfig& config, const std::string& name,
                      std::int64_t size, Value ids, Value token_types, Value positions) {
  const Value words =
      forward.embedding(ids, name + ".word_embeddings.weight", config.vocabulary, size);
  const Value types = forward.embedding(token_types, name + ".token_type_embeddings.weight",
                                        config.token_types, size);
  const Value typed = forward.add(words, types);
  const Value places = forward.embedding(positions, name + ".position_embeddings.weight",
                                         config.maximum_length, size);
  return forward.layer_norm(forward.add(typed, places), name + ".LayerNorm", size,
                            config.sizes.epsilon);
}

AttentionContext padding_mask(Forward& forward) {
  return {.form = AttentionForm::kScaleScores,
          .mask = forward.additive_mask(forward.input("attention_mask")),
          .bias = {}};
}

Value bert_encoder(Forward& forward, const BertConfig& config, const std::string& name, Value x) {
  const AttentionContext context = padding_mask(forward);
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const LayerNames names = LayerNames::bert(name + ".layer." + std::to_string(i));
    x = post_norm_layer(forward, x, names, config.sizes, context);
  }
  return x;
}

}  // namespace quantbench::model
