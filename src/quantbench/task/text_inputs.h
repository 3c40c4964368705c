#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/preprocess/tokenizer.h"
#include "quantbench/runtime/session.h"

namespace quantbench::task {

/// The inputs of a text model, by what they hold.
class TextInputs {
 public:
  /// Of exported checkpoints: input_ids, attention_mask, token_type_ids.
  TextInputs();
  /// Of a model that declares these inputs. They are told by name ("input_ids", "ids";
  /// "input_mask", "segment_ids"); one that remains of integers [batch, sequence] holds the token
  /// ids. Throws Error for an input that the task does not have.
  explicit TextInputs(const std::vector<runtime::InputInfo>& wanted);

  /// Tokens that every input must have; 0: any number.
  std::int64_t fixed_length() const { return fixed_length_; }

  /// [1, sequence] of one encoding, the token ids first. With a fixed length, padded to it.
  std::vector<runtime::NamedTensor> of(const preprocess::Encoding& encoding,
                                       std::int64_t pad_token_id, const Json& config) const;

  /// [batch_size, length] for timing: ids are `ids`, and the mask is 1 for `tokens` tokens a row.
  std::vector<runtime::NamedTensor> for_timing(std::int64_t batch_size, std::int64_t length,
                                               std::int64_t tokens, std::vector<std::int64_t> ids,
                                               const Json& config) const;

 private:
  enum class Holds { kIds, kMask, kTypes, kPositions };
  struct Input {
    std::string name;
    Holds holds;
  };

  static const Input* known(std::string_view name);

  std::vector<Input> inputs_;
  std::int64_t fixed_length_ = 0;
};

}  // namespace quantbench::task
