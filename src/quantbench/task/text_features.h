#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "quantbench/preprocess/tokenizer.h"
#include "quantbench/task/task.h"
#include "quantbench/task/text_inputs.h"

namespace quantbench::task {

/// Number of token positions in a model of this config.json; 0 if unknown. RoBERTa and its
/// relatives start at position pad_token_id + 1, so they have fewer.
std::size_t position_limit(const Json& config);

/// Longest sequence for the model: the smaller of the tokenizer's model_max_length (the reference
/// truncates to it) and position_limit (the model's maximum). 0 if both are unknown.
std::size_t max_tokens(const preprocess::Tokenizer& tokenizer, const Json& config);

/// Positions of `tokens` tokens and of the padding behind them, up to `length`.
std::vector<std::int64_t> positions(const Json& config, std::int64_t tokens, std::int64_t length);

/// Common part of processors of text: the tokenizer, and the padding of token ids.
class TextProcessor : public Processor {
 public:
  /// Opens the tokenizer of the model directory. Inputs are truncated to max_tokens, or to the only
  /// length that the model takes.
  TextProcessor(const Task& task, const TaskContext& context);

  const Task& task() const final { return task_; }
  std::int64_t pad_token_id() const final { return tokenizer_->pad_token_id(); }
  std::size_t longest_input() const final { return options_.max_length; }
  /// Joins features of features_of into tensors [batch, longest sequence], padded at the end with
  /// the pad token, mask 0 and type 0.
  std::vector<runtime::NamedTensor> collate(
      const std::vector<const Features*>& features) const final;

 protected:
  const preprocess::Tokenizer& tokenizer() const { return *tokenizer_; }
  /// The model's inputs of one encoding, each [1, sequence], the token ids first.
  Features features_of(preprocess::Encoding encoding) const;

  preprocess::TokenizerOptions options_;

 private:
  const Task& task_;
  Json config_;
  TextInputs inputs_;
  std::unique_ptr<preprocess::Tokenizer> tokenizer_;
};

/// A task on text. Timing input is token ids.
class TextTask : public Task {
 public:
  std::vector<runtime::NamedTensor> timing_inputs(const std::vector<runtime::InputInfo>& wanted,
                                                  std::int64_t batch_size,
                                                  std::int64_t input_length,
                                                  const Json& config) const override;
  std::string timing_remark(const std::vector<runtime::InputInfo>& wanted,
                            std::int64_t input_length, const Json& config) const override;
};

}  // namespace quantbench::task
