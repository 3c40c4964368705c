#include "quantbench/calibrate/kept_inputs.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <variant>

#include "quantbench/base/error.h"

namespace quantbench::calibrate {

namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 20;
constexpr const char* kAttentionMask = "attention_mask";
constexpr const char* kDigits = "0123456789abcdef";

template <typename Value>
std::string hexadecimal(const std::vector<Value>& values) {
  std::string out(values.size() * sizeof(Value) * 2, '0');
  const auto* bytes = reinterpret_cast<const unsigned char*>(values.data());
  for (std::size_t i = 0; i < values.size() * sizeof(Value); ++i) {
    out[2 * i] = kDigits[bytes[i] >> 4U];
    out[2 * i + 1] = kDigits[bytes[i] & 15U];
  }
  return out;
}

unsigned digit_of(char c) {
  const char* found = std::strchr(kDigits, c);
  if (c == '\0' || found == nullptr) throw Error("values of a kept input are damaged");
  return static_cast<unsigned>(found - kDigits);
}

template <typename Value>
std::vector<Value> values_of(const std::string& digits) {
  std::vector<Value> values(digits.size() / 2 / sizeof(Value));
  auto* bytes = reinterpret_cast<unsigned char*>(values.data());
  for (std::size_t i = 0; i < values.size() * sizeof(Value); ++i) {
    bytes[i] =
        static_cast<unsigned char>(digit_of(digits[2 * i]) << 4U | digit_of(digits[2 * i + 1]));
  }
  return values;
}

std::size_t element_count(const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  for (const std::int64_t dimension : shape) {
    const auto size = static_cast<std::size_t>(std::max<std::int64_t>(0, dimension));
    if (size != 0 && count > std::numeric_limits<std::size_t>::max() / size / 16) {
      throw Error("the shape of a kept input is damaged");
    }
    count *= size;
  }
  return count;
}

KeptInput kept(const runtime::NamedTensor& input) {
  KeptInput out{.name = input.name, .shape = input.tensor.shape, .integers = false, .values = {}};
  if (const auto* floats = std::get_if<std::vector<float>>(&input.tensor.values)) {
    out.values = hexadecimal(*floats);
  } else {
    // `join` takes no third type.
    out.integers = true;
    out.values = hexadecimal(std::get<std::vector<std::int64_t>>(input.tensor.values));
  }
  return out;
}

runtime::NamedTensor tensor_of(const KeptInput& input) {
  const std::size_t bytes = element_count(input.shape) * (input.integers ? 8 : 4);
  if (input.values.size() != 2 * bytes) {
    throw Error("'" + input.name + "': the shape and the values of a kept input do not agree");
  }
  runtime::NamedTensor out{input.name, {.shape = input.shape, .values = {}}};
  if (input.integers) {
    out.tensor.values = values_of<std::int64_t>(input.values);
  } else {
    out.tensor.values = values_of<float>(input.values);
  }
  return out;
}

/// One row of a tensor of ids, [1, length].
runtime::Tensor first_of_row(const runtime::Tensor& tensor, std::size_t row, std::size_t length) {
  runtime::Tensor out = runtime::rows_of(tensor, row, row + 1);
  std::get<std::vector<std::int64_t>>(out.values).resize(length);
  out.shape[1] = static_cast<std::int64_t>(length);
  return out;
}

/// The attention mask of a forward; nullptr if it has none.
const runtime::Tensor* mask_of(const Batch& batch) {
  for (const runtime::NamedTensor& input : batch.inputs) {
    if (input.name == kAttentionMask && input.tensor.shape.size() == 2 &&
        std::holds_alternative<std::vector<std::int64_t>>(input.tensor.values)) {
      return &input.tensor;
    }
  }
  return nullptr;
}

/// One sample of a batch with this mask, up to its last real position.
Batch sample_of(const Batch& batch, const runtime::Tensor& mask, std::size_t row) {
  const auto tokens = static_cast<std::size_t>(mask.shape[1]);
  const auto& real = std::get<std::vector<std::int64_t>>(mask.values);
  std::size_t length = tokens;
  while (length > 1 && real[row * tokens + length - 1] == 0) --length;
  Batch sample;
  sample.samples = 1;
  for (const auto& [name, tensor] : batch.inputs) {
    const bool has_tokens = tensor.shape == mask.shape &&
                            std::holds_alternative<std::vector<std::int64_t>>(tensor.values);
    sample.inputs.push_back({name, has_tokens ? first_of_row(tensor, row, length)
                                              : runtime::rows_of(tensor, row, row + 1)});
  }
  return sample;
}

std::size_t bytes_of_sample(const Sample& sample) {
  std::size_t bytes = 0;
  for (const runtime::NamedTensor& input : sample) bytes += runtime::bytes_of(input.tensor);
  return bytes;
}

}  // namespace

KeptInputs keep_first(std::span<const Sample> samples, const BatchOptions& options) {
  std::size_t count = 0;
  for (std::size_t bytes = 0; count < samples.size(); ++count) {
    bytes += bytes_of_sample(samples[count]);
    if (count > 0 && bytes > kMostBytes) break;
  }
  KeptInputs out;
  in_batches(samples.first(count), options)([&](const Batch& batch) {
    auto& forward = out.emplace_back();
    for (const runtime::NamedTensor& input : batch.inputs) forward.push_back(kept(input));
  });
  return out;
}

Batches batches_of(const KeptInputs& kept) {
  return [&kept](const std::function<void(const Batch&)>& consume) {
    for (const std::vector<KeptInput>& forward : kept) {
      Batch batch;
      for (const KeptInput& input : forward) batch.inputs.push_back(tensor_of(input));
      consume(batch);
    }
  };
}

Batches without_padding(const KeptInputs& kept) {
  return [&kept](const std::function<void(const Batch&)>& consume) {
    batches_of(kept)([&](const Batch& batch) {
      const runtime::Tensor* mask = mask_of(batch);
      if (mask == nullptr) return consume(batch);
      for (std::size_t row = 0; row < static_cast<std::size_t>(mask->shape[0]); ++row) {
        consume(sample_of(batch, *mask, row));
      }
    });
  };
}

}  // namespace quantbench::calibrate
