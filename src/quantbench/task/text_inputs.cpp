#include "quantbench/task/text_inputs.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/runtime/model_interface.h"
#include "quantbench/task/text_features.h"

namespace quantbench::task {

namespace {

bool is_token_input(const runtime::InputInfo& input) {
  return !input.is_float && input.shape.size() == 2;
}

runtime::NamedTensor rows(const std::string& name, std::int64_t batch, std::int64_t length,
                          std::vector<std::int64_t> values) {
  return {name, {{batch, length}, std::move(values)}};
}

}  // namespace

TextInputs::TextInputs()
    : inputs_({{"input_ids", Holds::kIds},
               {"attention_mask", Holds::kMask},
               {"token_type_ids", Holds::kTypes}}) {}

const TextInputs::Input* TextInputs::known(std::string_view name) {
  static const std::array<Input, 10> kKnown = {{{"input_ids", Holds::kIds},
                                                {"ids", Holds::kIds},
                                                {"input_word_ids", Holds::kIds},
                                                {"attention_mask", Holds::kMask},
                                                {"input_mask", Holds::kMask},
                                                {"mask", Holds::kMask},
                                                {"token_type_ids", Holds::kTypes},
                                                {"segment_ids", Holds::kTypes},
                                                {"input_type_ids", Holds::kTypes},
                                                {"position_ids", Holds::kPositions}}};
  const auto found = std::ranges::find(kKnown, runtime::without_number(name), &Input::name);
  return found == kKnown.end() ? nullptr : &*found;
}

TextInputs::TextInputs(const std::vector<runtime::InputInfo>& wanted) {
  if (wanted.empty()) {
    *this = TextInputs();
    return;
  }
  const runtime::InputInfo* unknown = nullptr;
  bool has_ids = false;
  for (const runtime::InputInfo& input : wanted) {
    if (is_token_input(input) && input.shape[1] > 0) fixed_length_ = input.shape[1];
    if (const Input* found = known(input.name)) {
      inputs_.push_back({input.name, found->holds});
      has_ids = has_ids || found->holds == Holds::kIds;
    } else if (unknown == nullptr && is_token_input(input) && !has_ids) {
      unknown = &input;
      inputs_.push_back({input.name, Holds::kIds});
    } else {
      unknown = &input;
      break;
    }
  }
  const auto ids = std::ranges::count(inputs_, Holds::kIds, &Input::holds);
  if (ids == 1 && inputs_.size() == wanted.size()) return;
  const std::string what = unknown == nullptr ? "the model has no input for token ids"
                                              : "the model needs an input '" + unknown->name +
                                                    "' that the task does not have";
  throw Error(what, {}, "the task has input_ids, attention_mask, token_type_ids, position_ids");
}

std::vector<runtime::NamedTensor> TextInputs::of(const preprocess::Encoding& encoding,
                                                 std::int64_t pad_token_id,
                                                 const Json& config) const {
  const auto tokens = static_cast<std::int64_t>(encoding.input_ids.size());
  const std::int64_t length = std::max(tokens, fixed_length_);
  if (fixed_length_ != 0 && length > fixed_length_) {
    throw Error("a sample has " + std::to_string(tokens) + " tokens, and the model takes " +
                std::to_string(fixed_length_));
  }
  const auto padded = [&](std::vector<std::int64_t> values, std::int64_t filler) {
    values.resize(static_cast<std::size_t>(length), filler);
    return values;
  };
  std::vector<runtime::NamedTensor> tensors;
  for (const auto& [name, holds] : inputs_) {
    switch (holds) {
      case Holds::kIds:
        tensors.insert(tensors.begin(),
                       rows(name, 1, length, padded(encoding.input_ids, pad_token_id)));
        break;
      case Holds::kMask:
        tensors.push_back(rows(name, 1, length, padded(encoding.attention_mask, 0)));
        break;
      case Holds::kTypes:
        tensors.push_back(rows(name, 1, length, padded(encoding.token_type_ids, 0)));
        break;
      case Holds::kPositions:
        tensors.push_back(rows(name, 1, length, positions(config, tokens, length)));
        break;
    }
  }
  return tensors;
}

std::vector<runtime::NamedTensor> TextInputs::for_timing(std::int64_t batch_size,
                                                         std::int64_t length, std::int64_t tokens,
                                                         std::vector<std::int64_t> ids,
                                                         const Json& config) const {
  const auto repeated = [&](const std::vector<std::int64_t>& row) {
    std::vector<std::int64_t> all;
    all.reserve(static_cast<std::size_t>(batch_size * length));
    for (std::int64_t i = 0; i < batch_size; ++i) all.insert(all.end(), row.begin(), row.end());
    return all;
  };
  const auto ones = [&](std::int64_t value) {
    std::vector<std::int64_t> row(static_cast<std::size_t>(length), 0);
    std::fill_n(row.begin(), tokens, value);
    return repeated(row);
  };
  std::vector<runtime::NamedTensor> tensors;
  for (const auto& [name, holds] : inputs_) {
    std::vector<std::int64_t> values;
    switch (holds) {
      case Holds::kIds:
        values = ids;
        break;
      case Holds::kMask:
        values = ones(1);
        break;
      case Holds::kTypes: {
        const auto types = value_or<std::int64_t>(config, "type_vocab_size", 2, "config.json");
        values = ones(types == 1 ? 0 : 1);
        break;
      }
      case Holds::kPositions:
        values = repeated(positions(config, tokens, length));
        break;
    }
    tensors.push_back(rows(name, batch_size, length, std::move(values)));
  }
  return tensors;
}

}  // namespace quantbench::task
