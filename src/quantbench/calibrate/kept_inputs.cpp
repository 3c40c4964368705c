#include "quantbench/calibrate/kept_inputs.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <variant>

#include "quantbench/base/error.h"

namespace quantbench::calibrate {

namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 20;
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

}  // namespace quantbench::calibrate
