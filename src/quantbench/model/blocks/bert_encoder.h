#pragma once

#include <string>
#include <string_view>

#include "quantbench/model/blocks/encoder_layer.h"
#include "quantbench/model/config.h"

namespace quantbench::model {

/// Defaults of a family's configuration class that differ from BERT's.
struct BertDefaults {
  std::int64_t vocabulary = 30522;
  std::int64_t hidden = 768;
  std::int64_t heads = 12;
  std::int64_t intermediate = 3072;
  std::string_view activation = "gelu";
};

/// The configuration of BERT, RoBERTa, ELECTRA and ALBERT, which share its keys.
struct BertConfig {
  explicit BertConfig(const Config& config, const BertDefaults& defaults = {});

  std::int64_t vocabulary;
  std::int64_t maximum_length;
  std::int64_t token_types;
  std::int64_t layers;
  EncoderSizes sizes;
};

/// Word, token type and position embeddings, added in this order and normalized: [batch, sequence,
/// size]. `positions` and `token_types` are ids. `name` is the module's name ("bert.embeddings").
Value bert_embeddings(Forward& forward, const BertConfig& config, const std::string& name,
                      std::int64_t size, Value ids, Value token_types, Value positions);

/// The attention mask in the form that the layers of this family use.
AttentionContext padding_mask(Forward& forward);

/// The layers `name`.layer.0, .1, ... ("bert.encoder") on x. attention_mask masks padding.
Value bert_encoder(Forward& forward, const BertConfig& config, const std::string& name, Value x);

}  // namespace quantbench::model
