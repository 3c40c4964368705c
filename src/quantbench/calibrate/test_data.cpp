#include "quantbench/calibrate/test_data.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/graph/model.h"
#include "quantbench/graph/tensor_proto.h"

namespace quantbench::calibrate {

namespace {

namespace fs = std::filesystem;

/// The number in "<prefix><number><suffix>"; nullopt for other names.
std::optional<int> number_in(const std::string& name, std::string_view prefix,
                             std::string_view suffix) {
  if (name.size() <= prefix.size() + suffix.size() || !name.starts_with(prefix) ||
      !name.ends_with(suffix)) {
    return std::nullopt;
  }
  const char* first = name.data() + prefix.size();
  const char* last = name.data() + name.size() - suffix.size();
  int number = 0;
  const auto [end, error] = std::from_chars(first, last, number);
  if (error != std::errc() || end != last) return std::nullopt;
  return number;
}

/// Entries of a directory with such names, by number.
std::vector<std::pair<int, fs::path>> numbered(const fs::path& directory, std::string_view prefix,
                                               std::string_view suffix) {
  std::vector<std::pair<int, fs::path>> found;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(directory, failure)) {
    if (const auto number = number_in(entry.path().filename().string(), prefix, suffix)) {
      found.emplace_back(*number, entry.path());
    }
  }
  if (failure) throw Error("cannot read directory: " + failure.message(), directory.string());
  std::sort(found.begin(), found.end());
  return found;
}

template <typename T>
std::vector<T> copied(const graph::Initializer& tensor) {
  const graph::Values<T> values = tensor.values<T>();
  return {values.begin(), values.end()};
}

runtime::Tensor values_of(const onnx::TensorProto& proto) {
  runtime::Tensor tensor{{proto.dims().begin(), proto.dims().end()}, {}};
  if (proto.data_type() == onnx::TensorProto::STRING) {
    runtime::OtherValues texts{.data_type = onnx::TensorProto::STRING};
    texts.strings.assign(proto.string_data().begin(), proto.string_data().end());
    if (static_cast<std::int64_t>(texts.strings.size()) != graph::element_count(tensor.shape)) {
      throw Error("holds " + std::to_string(texts.strings.size()) + " strings, its shape needs " +
                  std::to_string(graph::element_count(tensor.shape)));
    }
    tensor.values = std::make_shared<const runtime::OtherValues>(std::move(texts));
    return tensor;
  }
  const graph::Initializer read = graph::initializer_of(proto);
  if (read.type == onnx::TensorProto::FLOAT) {
    tensor.values = copied<float>(read);
  } else if (read.type == onnx::TensorProto::INT64) {
    tensor.values = copied<std::int64_t>(read);
  } else {
    tensor.values = std::make_shared<const runtime::OtherValues>(
        runtime::OtherValues{read.type, {read.data.bytes.begin(), read.data.bytes.end()}, {}});
  }
  return tensor;
}

runtime::NamedTensor read_tensor(const fs::path& path) {
  const auto file = MappedFile::open(path);
  onnx::TensorProto proto;
  if (!proto.ParseFromArray(file->bytes().data(), static_cast<int>(file->bytes().size())) ||
      proto.data_type() == onnx::TensorProto::UNDEFINED) {
    throw Error("is not an ONNX tensor", path.string());
  }
  return with_context(path.string(), [&] {
    return runtime::NamedTensor{proto.name(), values_of(proto)};
  });
}

/// Gives input_N.pb without the name of an input the N-th input, as ONNX's own tests do.
void name_by_number(std::vector<runtime::NamedTensor>& tensors, const std::vector<int>& numbers,
                    const std::vector<std::string>& inputs, const fs::path& directory) {
  const auto is_input = [&](const std::string& name) {
    return std::ranges::find(inputs, name) != inputs.end();
  };
  std::set<std::string> taken;
  for (const runtime::NamedTensor& tensor : tensors) {
    if (is_input(tensor.name)) taken.insert(tensor.name);
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    std::string& name = tensors[i].name;
    if (is_input(name)) continue;
    const auto number = static_cast<std::size_t>(numbers[i]);
    if (number < inputs.size() && taken.insert(inputs[number]).second) {
      name = inputs[number];
    } else if (name.empty()) {
      throw Error("the tensor has no name, and the model has no input " + std::to_string(number) +
                      " that another file does not give",
                  (directory / ("input_" + std::to_string(number) + ".pb")).string(),
                  "name the tensor like the graph input, or number the files like the inputs");
    }
  }
}

Batch read_set(const fs::path& directory, const std::vector<std::string>& inputs) {
  Batch batch;
  std::vector<int> numbers;
  for (const auto& [number, path] : numbered(directory, "input_", ".pb")) {
    batch.inputs.push_back(read_tensor(path));
    numbers.push_back(number);
  }
  if (batch.inputs.empty() && !inputs.empty()) throw Error("has no input_0.pb", directory.string());
  name_by_number(batch.inputs, numbers, inputs, directory);
  batch.samples = 1;
  // Of several inputs, one may be empty (the past of a cache) or a constant of the model.
  for (const runtime::NamedTensor& input : batch.inputs) {
    const auto& shape = input.tensor.shape;
    if (shape.empty() || shape.front() < 1) continue;
    batch.samples = static_cast<std::size_t>(shape.front());
    break;
  }
  return batch;
}

}  // namespace

Batches read_test_data(const fs::path& directory, std::vector<std::string> inputs) {
  const auto sets = numbered(directory, "test_data_set_", "");
  if (sets.empty()) {
    throw Error("has no calibration samples", directory.string(),
                "test_data_set_0/input_0.pb, ..., as ONNX's backend tests");
  }
  return [sets, inputs = std::move(inputs)](const std::function<void(const Batch&)>& consume) {
    for (const auto& [number, set] : sets) consume(read_set(set, inputs));
  };
}

}  // namespace quantbench::calibrate
