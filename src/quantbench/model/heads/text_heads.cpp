#include "quantbench/model/heads/text_heads.h"

#include <utility>

namespace quantbench::model {

TextNetwork::TextNetwork(const checkpoint::Checkpoint& checkpoint, std::string_view task,
                         SequenceHead head)
    : head_(text_heads().get(task)),
      labels_(static_cast<std::int64_t>(checkpoint.labels().size())),
      sequence_(std::move(head)) {}

std::vector<Output> TextNetwork::outputs(Forward& forward) const {
  const Value encoded = encode(forward);
  return head_.outputs(forward, {encoded, hidden_size(), labels_}, sequence_);
}

}  // namespace quantbench::model
