#include <memory>

#include "quantbench/model/heads/text_heads.h"

namespace quantbench::model {

namespace {

/// The classifier on the first token (`SequenceHead`): logits [batch, labels].
class SequenceClassifier final : public TextHead {
 public:
  std::vector<Output> outputs(Forward& forward, const EncodedText& encoded,
                              const SequenceHead& sequence) const override {
    const Value dense = forward.linear(forward.token(encoded.hidden, 0), sequence.dense,
                                       encoded.hidden_size, encoded.hidden_size);
    const Value pooled = forward.activation(dense, sequence.activation);
    return {{"logits",
             forward.linear(pooled, sequence.output, encoded.hidden_size, encoded.labels),
             {"batch", encoded.labels}}};
  }
};

}  // namespace

void register_text_classification(TextHeadRegistry& registry) {
  registry.add("text-classification", std::make_unique<SequenceClassifier>());
}

}  // namespace quantbench::model
