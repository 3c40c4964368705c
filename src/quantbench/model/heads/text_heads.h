#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/model/architecture.h"

namespace quantbench::model {

/// The classifier on the first token: output(activation(dense(x[:, 0]))). Every family has one; the
/// names differ.
struct SequenceHead {
  std::string dense;
  Activation activation = Activation::kTanh;
  std::string output;
};

/// A text encoder with one of the heads that all families share:
///   - text-classification: `SequenceHead`; logits [batch, labels]
///   - token-classification: "classifier" on every token; logits [batch, sequence, labels]
///   - question-answering: "qa_outputs" on every token; start_logits and end_logits
///     [batch, sequence]
class TextNetwork : public Network {
 public:
  TextNetwork(const checkpoint::Checkpoint& checkpoint, std::string_view task, SequenceHead head);
  std::vector<Output> outputs(Forward& forward) const final;

 protected:
  /// Last hidden state, [batch, sequence, hidden_size()].
  virtual Value encode(Forward& forward) const = 0;
  virtual std::int64_t hidden_size() const = 0;

 private:
  std::string task_;
  std::int64_t labels_;
  SequenceHead head_;
};

/// A family of text encoders with the heads of `TextNetwork`.
class TextArchitecture : public Architecture {
 public:
  std::vector<std::string> input_names(const checkpoint::Checkpoint&) const override {
    return {"input_ids", "attention_mask"};
  }
  std::vector<std::string> tasks() const override;
};

}  // namespace quantbench::model
