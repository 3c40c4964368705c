#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "quantbench/preprocess/tokenizer.h"
#include "quantbench/task/task.h"

namespace quantbench::task {

/// Tokens that a model of this config.json has positions for; 0 when it does not say.
/// RoBERTa and its kin count positions from pad_token_id + 1, which takes that many off.
std::size_t position_limit(const Json& config);

/// Longest sequence to give the model: the smaller of the tokenizer's model_max_length (what the
/// reference truncates to) and position_limit (what the model can take); 0 when both are unknown.
std::size_t max_tokens(const preprocess::Tokenizer& tokenizer, const Json& config);

/// input_ids, attention_mask and token_type_ids of one encoding, each [1, sequence].
Features text_features(preprocess::Encoding encoding);

/// What processors of text share: the tokenizer, and how token ids are padded.
class TextProcessor : public Processor {
 public:
  /// Opens the tokenizer of the model directory; inputs are cut to max_tokens.
  TextProcessor(const Task& task, const TaskContext& context);

  const Task& task() const final { return task_; }
  std::int64_t pad_token_id() const final { return tokenizer_->pad_token_id(); }
  std::size_t longest_input() const final { return options_.max_length; }
  /// Features made by text_features as tensors [batch, longest sequence]: padded behind with the
  /// pad token, mask 0 and type 0.
  std::vector<runtime::NamedTensor> collate(
      const std::vector<const Features*>& features) const final;

 protected:
  const preprocess::Tokenizer& tokenizer() const { return *tokenizer_; }

  preprocess::TokenizerOptions options_;

 private:
  const Task& task_;
  std::unique_ptr<preprocess::Tokenizer> tokenizer_;
};

/// A task on text: what is timed is token ids.
class TextTask : public Task {
 public:
  std::vector<runtime::NamedTensor> timing_inputs(const std::vector<runtime::InputInfo>& wanted,
                                                  std::int64_t batch_size,
                                                  std::int64_t input_length,
                                                  const Json& config) const override;
};

}  // namespace quantbench::task
