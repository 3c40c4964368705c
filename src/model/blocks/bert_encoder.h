#pragma once

#include <string>

#include "quantbench/model/blocks/encoder_layer.h"
#include "quantbench/model/config.h"

namespace quantbench::model {

/// The configuration that BERT, RoBERTa and ELECTRA share, by the same keys and defaults.
struct BertConfig {
  explicit BertConfig(const Config& config);

  std::int64_t vocabulary;
  std::int64_t maximum_length;
  std::int64_t token_types;
  std::int64_t layers;
  EncoderSizes sizes;
};

/// Word, token type and position embeddings, added in this order and normalized:
/// [batch, sequence, size]. `positions` and `token_types` are ids. `name` is that of the module
/// ("bert.embeddings").
Value bert_embeddings(Forward& forward, const BertConfig& config, const std::string& name,
                      std::int64_t size, Value ids, Value token_types, Value positions);

/// The layers `name`.layer.0, .1, ... ("bert.encoder") on x, padding masked by attention_mask.
Value bert_encoder(Forward& forward, const BertConfig& config, const std::string& name, Value x);

}  // namespace quantbench::model
