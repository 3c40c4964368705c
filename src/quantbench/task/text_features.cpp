#include "quantbench/task/text_features.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <random>
#include <string>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/task/timing_size.h"

namespace quantbench::task {

namespace {

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

std::vector<std::int64_t> positions(const Json& config, std::int64_t tokens, std::int64_t length) {
  const std::string where = "config.json";
  std::int64_t padding = 0;
  std::int64_t first = 0;
  if (counts_positions_from_padding(value_or<std::string>(config, "model_type", "", where))) {
    padding = value_or<std::int64_t>(config, "pad_token_id", 1, where);
    first = padding + 1;
  }
  std::vector<std::int64_t> ids(static_cast<std::size_t>(length), padding);
  std::iota(ids.begin(), ids.begin() + tokens, first);
  return ids;
}

TextProcessor::TextProcessor(const Task& task, const TaskContext& context)
    : task_(task),
      config_(context.config),
      inputs_(context.inputs),
      tokenizer_(preprocess::Tokenizer::open(context.model_directory)) {
  options_.max_length = max_tokens(*tokenizer_, context.config);
  if (const auto fixed = static_cast<std::size_t>(inputs_.fixed_length()); fixed != 0) {
    options_.max_length = options_.max_length == 0 ? fixed : std::min(options_.max_length, fixed);
  }
}

Features TextProcessor::features_of(preprocess::Encoding encoding) const {
  Features features;
  features.inputs = inputs_.of(encoding, pad_token_id(), config_);
  features.encoding = std::move(encoding);
  return features;
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
    std::vector<std::int64_t> values(features.size() * longest, input == 0 ? pad_token_id() : 0);
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
  const auto limit_of_positions = static_cast<std::int64_t>(position_limit(config));
  const TextInputs text(wanted);
  const std::int64_t fixed = text.fixed_length();
  for (const std::int64_t most : {limit_of_positions, fixed}) {
    if (most == 0 || input_length <= most) continue;
    throw Error("input length " + std::to_string(input_length) + " exceeds the model's " +
                    std::to_string(most) + (most == fixed ? " tokens" : " positions"),
                "input_lengths");
  }
  if (batch_size < 1 || input_length < 1) {
    throw Error("batch size and input length must be at least 1", "batch_sizes, input_lengths");
  }
  require_timing_size(batch_size, std::max(input_length, fixed), "tokens");
  const auto vocabulary = value_or<std::int64_t>(config, "vocab_size", 1000, "config.json");
  const auto limit = static_cast<std::uint64_t>(std::clamp<std::int64_t>(vocabulary, 1, 1000));
  const std::int64_t length = std::max(input_length, fixed);
  // The engine gives the same numbers on every platform. The library's distributions do not.
  std::mt19937_64 engine(0);
  std::vector<std::int64_t> ids(static_cast<std::size_t>(batch_size * length));
  for (std::int64_t& id : ids) id = static_cast<std::int64_t>(engine() % limit);
  return text.for_timing(batch_size, length, input_length, std::move(ids), config);
}

std::string TextTask::timing_remark(const std::vector<runtime::InputInfo>& wanted,
                                    std::int64_t input_length, const Json&) const {
  const std::int64_t fixed = TextInputs(wanted).fixed_length();
  if (fixed == 0 || fixed == input_length) return {};
  return "the model takes inputs of " + std::to_string(fixed) + " tokens only: the input length " +
         std::to_string(input_length) + " was timed with padding";
}

}  // namespace quantbench::task
