#include "quantbench/model/heads/text_heads.h"

#include <utility>

namespace quantbench::model {

namespace {

constexpr std::string_view kTextClassification = "text-classification";
constexpr std::string_view kTokenClassification = "token-classification";
constexpr std::string_view kQuestionAnswering = "question-answering";

}  // namespace

std::vector<std::string> TextArchitecture::tasks() const {
  return {std::string(kTextClassification), std::string(kTokenClassification),
          std::string(kQuestionAnswering)};
}

TextNetwork::TextNetwork(const checkpoint::Checkpoint& checkpoint, std::string_view task,
                         SequenceHead head)
    : task_(task),
      labels_(static_cast<std::int64_t>(checkpoint.labels().size())),
      head_(std::move(head)) {}

std::vector<Output> TextNetwork::outputs(Forward& forward) const {
  const Value encoded = encode(forward);
  const std::int64_t hidden = hidden_size();
  if (task_ == kQuestionAnswering) {
    const auto [start, end] =
        forward.split_columns(forward.linear(encoded, "qa_outputs", hidden, 2));
    return {{"start_logits", start, {"batch", "sequence"}},
            {"end_logits", end, {"batch", "sequence"}}};
  }
  if (task_ == kTokenClassification) {
    return {{"logits",
             forward.linear(encoded, "classifier", hidden, labels_),
             {"batch", "sequence", labels_}}};
  }
  const Value dense = forward.linear(forward.token(encoded, 0), head_.dense, hidden, hidden);
  const Value pooled = forward.activation(dense, head_.activation);
  return {{"logits", forward.linear(pooled, head_.output, hidden, labels_), {"batch", labels_}}};
}

}  // namespace quantbench::model
