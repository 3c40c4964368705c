#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/registry.h"
#include "quantbench/model/architecture.h"

namespace quantbench::model {

/// The classifier on the first token: output(activation(dense(x[:, 0]))). Every family has one; the
/// names differ.
struct SequenceHead {
  std::string dense;
  Activation activation = Activation::kTanh;
  std::string output;
};

/// What a head reads.
struct EncodedText {
  Value hidden;  ///< the last hidden state, [batch, sequence, hidden_size]
  std::int64_t hidden_size = 0;
  std::int64_t labels = 0;
};

/// The head of a text encoder for one task, which all families share. One file a head in text/; its
/// name in the registry is the task's.
class TextHead {
 public:
  virtual ~TextHead() = default;
  virtual std::vector<Output> outputs(Forward& forward, const EncodedText& encoded,
                                      const SequenceHead& sequence) const = 0;
};

using TextHeadRegistry = Registry<TextHead>;
void register_builtin_text_heads(TextHeadRegistry& registry);
TextHeadRegistry& text_heads();

/// A text encoder with the head of a task.
class TextNetwork : public Network {
 public:
  TextNetwork(const checkpoint::Checkpoint& checkpoint, std::string_view task, SequenceHead head);
  std::vector<Output> outputs(Forward& forward) const final;

 protected:
  /// Last hidden state, [batch, sequence, hidden_size()].
  virtual Value encode(Forward& forward) const = 0;
  virtual std::int64_t hidden_size() const = 0;

 private:
  const TextHead& head_;
  std::int64_t labels_;
  SequenceHead sequence_;
};

/// A family of text encoders, with every head.
class TextArchitecture : public Architecture {
 public:
  std::vector<std::string> input_names(const checkpoint::Checkpoint&) const override {
    return {"input_ids", "attention_mask"};
  }
  std::vector<std::string> tasks() const override { return text_heads().names(); }
};

}  // namespace quantbench::model
