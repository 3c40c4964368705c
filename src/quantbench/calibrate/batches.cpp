#include "quantbench/calibrate/batches.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "quantbench/base/error.h"

namespace quantbench::calibrate {

namespace {

using runtime::NamedTensor;
using runtime::Tensor;

const Tensor& find(const Sample& sample, const std::string& name) {
  for (const NamedTensor& input : sample) {
    if (input.name == name) return input.tensor;
  }
  throw Error("a calibration sample lacks the input '" + name + "' that others have");
}

std::size_t padded_length(std::span<const Sample> samples, const std::string& name,
                          const BatchOptions& options) {
  std::size_t longest = 0;
  for (const Sample& sample : samples) {
    const Tensor& tensor = find(sample, name);
    if (tensor.shape.size() != 2 || tensor.shape[0] != 1) {
      throw Error("calibration input '" + name + "' does not have the shape [1, tokens]");
    }
    longest = std::max(longest, static_cast<std::size_t>(tensor.shape[1]));
  }
  if (options.pad_to == 0) return longest;
  if (longest > options.pad_to) {
    throw Error("a calibration sample of " + std::to_string(longest) +
                " tokens is longer than the length to pad to, " + std::to_string(options.pad_to));
  }
  return options.pad_to;
}

Tensor join_tokens(std::span<const Sample> samples, const std::string& name, std::int64_t filler,
                   const BatchOptions& options) {
  const std::size_t length = padded_length(samples, name, options);
  std::vector<std::int64_t> values;
  values.reserve(samples.size() * length);
  for (const Sample& sample : samples) {
    const auto& own = std::get<std::vector<std::int64_t>>(find(sample, name).values);
    values.insert(values.end(), own.begin(), own.end());
    values.resize(values.size() + length - own.size(), filler);
  }
  return {{static_cast<std::int64_t>(samples.size()), static_cast<std::int64_t>(length)},
          std::move(values)};
}

Tensor join_floats(std::span<const Sample> samples, const std::string& name) {
  const Tensor& first = find(samples.front(), name);
  std::vector<float> values;
  for (const Sample& sample : samples) {
    const Tensor& tensor = find(sample, name);
    if (tensor.shape != first.shape || tensor.shape.empty() || tensor.shape[0] != 1) {
      throw Error("calibration input '" + name + "' has another shape in another sample");
    }
    const auto& own = std::get<std::vector<float>>(tensor.values);
    values.insert(values.end(), own.begin(), own.end());
  }
  std::vector<std::int64_t> shape = first.shape;
  shape[0] = static_cast<std::int64_t>(samples.size());
  return {std::move(shape), std::move(values)};
}

}  // namespace

std::vector<runtime::NamedTensor> inputs_for(const runtime::Session& session, const Batch& batch) {
  std::vector<runtime::NamedTensor> inputs;
  for (const runtime::InputInfo& wanted : session.inputs()) {
    for (const runtime::NamedTensor& given : batch.inputs) {
      if (given.name == wanted.name) inputs.push_back(given);
    }
  }
  return inputs;
}

Batch join(std::span<const Sample> samples, const BatchOptions& options) {
  if (samples.empty()) throw Error("a calibration batch needs a sample");
  Batch batch;
  batch.samples = samples.size();
  batch.separable = true;
  for (const auto& [name, tensor] : samples.front()) {
    const std::int64_t filler = batch.inputs.empty() ? options.pad_token_id : 0;
    const bool tokens = std::holds_alternative<std::vector<std::int64_t>>(tensor.values);
    batch.inputs.push_back(
        {name, tokens ? join_tokens(samples, name, filler, options) : join_floats(samples, name)});
  }
  return batch;
}

Batches in_batches(std::span<const Sample> samples, const BatchOptions& options) {
  if (options.batch_size == 0) throw Error("the calibration batch size must be at least 1");
  return [samples, options](const std::function<void(const Batch&)>& consume) {
    const std::size_t size = options.fixed_batch == 0 ? options.batch_size : options.fixed_batch;
    for (std::size_t begin = 0; begin < samples.size(); begin += size) {
      const std::size_t count = std::min(size, samples.size() - begin);
      if (options.fixed_batch == 0 || count == size) {
        consume(join(samples.subspan(begin, count), options));
        continue;
      }
      std::vector<Sample> filled(samples.begin() + static_cast<std::ptrdiff_t>(begin),
                                 samples.end());
      filled.resize(size, filled.back());
      Batch batch = join(filled, options);
      batch.samples = count;
      batch.separable = false;
      consume(batch);
    }
  };
}

std::vector<std::size_t> samples_of_last_shard(std::size_t count, std::size_t shards) {
  std::vector<std::size_t> indices;
  for (std::size_t i = shards - 1; i < count; i += shards) indices.push_back(i);
  return indices;
}

}  // namespace quantbench::calibrate
