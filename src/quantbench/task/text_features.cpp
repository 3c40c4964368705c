#include "quantbench/task/text_features.h"

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/task/timing_size.h"

namespace quantbench::task {

namespace {

runtime::NamedTensor row_tensor(std::string name, std::vector<std::int64_t> values) {
  const auto length = static_cast<std::int64_t>(values.size());
  return {std::move(name), {{1, length}, std::move(values)}};
}

const std::vector<std::int64_t>& integers(const runtime::NamedTensor& input) {
  return std::get<std::vector<std::int64_t>>(input.tensor.values);
}

bool counts_positions_from_padding(const std::string& model_type) {
  constexpr std::array<std::string_view, 5> kTypes = {"roberta", "xlm-roberta", "xlm-roberta-xl",
                                                      "camembert", "mpnet"};
  return std::find(kTypes.begin(), kTypes.end(), model_type) != kTypes.end();
}

}  // namespace

std::size_t position_limit(const Json& config) {
  const std::string where = "config.json";
  auto positions = value_or<std::int64_t>(config, "max_position_embeddings", 0, where);
  if (counts_positions_from_padding(value_or<std::string>(config, "model_type", "", where))) {
    positions -= value_or<std::int64_t>(config, "pad_token_id", 1, where) + 1;
  }
  return positions > 0 ? static_cast<std::size_t>(positions) : 0;
}

std::size_t max_tokens(const preprocess::Tokenizer& tokenizer, const Json& config) {
  const std::size_t told = tokenizer.model_max_length();
  const std::size_t possible = position_limit(config);
  if (told == 0 || possible == 0) return std::max(told, possible);
  return std::min(told, possible);
}

Features text_features(preprocess::Encoding encoding) {
  Features features;
  features.inputs.push_back(row_tensor("input_ids", encoding.input_ids));
  features.inputs.push_back(row_tensor("attention_mask", encoding.attention_mask));
  features.inputs.push_back(row_tensor("token_type_ids", encoding.token_type_ids));
  features.encoding = std::move(encoding);
  return features;
}

TextProcessor::TextProcessor(const Task& task, const TaskContext& context)
    : task_(task), tokenizer_(preprocess::Tokenizer::open(context.model_directory)) {
  options_.max_length = max_tokens(*tokenizer_, context.config);
}

std::vector<runtime::NamedTensor> TextProcessor::collate(
    const std::vector<const Features*>& features) const {
  std::size_t longest = 0;
  for (const Features* sample : features) {
    longest = std::max(longest, integers(sample->inputs[0]).size());
  }
  std::vector<runtime::NamedTensor> batch;
  for (std::size_t input = 0; input < features[0]->inputs.size(); ++input) {
    const std::string& name = features[0]->inputs[input].name;
    std::vector<std::int64_t> values(features.size() * longest,
                                     name == "input_ids" ? pad_token_id() : 0);
    for (std::size_t row = 0; row < features.size(); ++row) {
      const auto& source = integers(features[row]->inputs[input]);
      std::copy(source.begin(), source.end(), values.begin() + static_cast<long>(row * longest));
    }
    batch.push_back(
        {name,
         {{static_cast<std::int64_t>(features.size()), static_cast<std::int64_t>(longest)},
          std::move(values)}});
  }
  return batch;
}

std::vector<runtime::NamedTensor> TextTask::timing_inputs(
    const std::vector<runtime::InputInfo>& wanted, std::int64_t batch_size,
    std::int64_t input_length, const Json& config) const {
  const auto positions = static_cast<std::int64_t>(position_limit(config));
  if (positions != 0 && input_length > positions) {
    throw Error("input length " + std::to_string(input_length) + " exceeds the model's " +
                    std::to_string(positions) + " positions",
                "input_lengths");
  }
  if (batch_size < 1 || input_length < 1) {
    throw Error("batch size and input length must be at least 1", "batch_sizes, input_lengths");
  }
  require_timing_size(batch_size, input_length, "tokens");
  const auto vocabulary = value_or<std::int64_t>(config, "vocab_size", 1000, "config.json");
  const auto limit = static_cast<std::uint64_t>(std::clamp<std::int64_t>(vocabulary, 1, 1000));
  const auto count = static_cast<std::size_t>(batch_size * input_length);
  // The engine gives the same numbers on every platform. The library's distributions do not.
  std::mt19937_64 engine(0);
  std::vector<runtime::NamedTensor> inputs;
  for (const runtime::InputInfo& input : wanted) {
    std::vector<std::int64_t> values(count, 1);
    if (input.name == "input_ids") {
      for (std::int64_t& value : values) value = static_cast<std::int64_t>(engine() % limit);
    } else if (input.name != "attention_mask" && input.name != "token_type_ids") {
      throw Error("no timing input is known for the model's input '" + input.name + "'", {},
                  "known: input_ids, attention_mask, token_type_ids");
    }
    inputs.push_back({input.name, {{batch_size, input_length}, std::move(values)}});
  }
  return inputs;
}

}  // namespace quantbench::task
