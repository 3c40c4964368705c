#include <memory>

#include "quantbench/model/heads/text_heads.h"

namespace quantbench::model {

namespace {

/// "classifier" on every token: logits [batch, sequence, labels].
class TokenClassifier final : public TextHead {
 public:
  std::vector<Output> outputs(Forward& forward, const EncodedText& encoded,
                              const SequenceHead&) const override {
    return {{"logits",
             forward.linear(encoded.hidden, "classifier", encoded.hidden_size, encoded.labels),
             {"batch", "sequence", encoded.labels}}};
  }
};

}  // namespace

void register_token_classification(TextHeadRegistry& registry) {
  registry.add("token-classification", std::make_unique<TokenClassifier>());
}

}  // namespace quantbench::model
