#include <memory>

#include "quantbench/model/heads/text_heads.h"

namespace quantbench::model {

namespace {

/// "qa_outputs" on every token: start_logits and end_logits [batch, sequence].
class AnswerSpan final : public TextHead {
 public:
  std::vector<Output> outputs(Forward& forward, const EncodedText& encoded,
                              const SequenceHead&) const override {
    const auto [start, end] =
        forward.split_columns(forward.linear(encoded.hidden, "qa_outputs", encoded.hidden_size, 2));
    return {{"start_logits", start, {"batch", "sequence"}},
            {"end_logits", end, {"batch", "sequence"}}};
  }
};

}  // namespace

void register_question_answering(TextHeadRegistry& registry) {
  registry.add("question-answering", std::make_unique<AnswerSpan>());
}

}  // namespace quantbench::model
