#include "quantbench/calibrate/test_data.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/graph/model.h"

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
std::vector<fs::path> numbered(const fs::path& directory, std::string_view prefix,
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
  std::vector<fs::path> paths;
  for (auto& [number, path] : found) paths.push_back(std::move(path));
  return paths;
}

template <typename T, typename Field>
std::vector<T> elements(const onnx::TensorProto& proto, const Field& field) {
  if (!proto.has_raw_data()) return {field.begin(), field.end()};
  if (proto.raw_data().size() % sizeof(T) != 0) throw Error("the tensor's data is truncated");
  std::vector<T> values(proto.raw_data().size() / sizeof(T));
  if (!values.empty()) {
    std::memcpy(values.data(), proto.raw_data().data(), proto.raw_data().size());
  }
  return values;
}

runtime::NamedTensor read_tensor(const fs::path& path) {
  const auto file = MappedFile::open(path);
  onnx::TensorProto proto;
  if (!proto.ParseFromArray(file->bytes().data(), static_cast<int>(file->bytes().size()))) {
    throw Error("is not an ONNX tensor", path.string());
  }
  return with_context(path.string(), [&] {
    if (proto.name().empty())
      throw Error("the tensor has no name", {}, "use the name of the graph input");
    runtime::NamedTensor input{proto.name(), {{proto.dims().begin(), proto.dims().end()}, {}}};
    if (proto.data_type() == onnx::TensorProto::FLOAT) {
      input.tensor.values = elements<float>(proto, proto.float_data());
    } else if (proto.data_type() == onnx::TensorProto::INT64) {
      input.tensor.values = elements<std::int64_t>(proto, proto.int64_data());
    } else {
      throw Error("calibration inputs must be FLOAT or INT64", "'" + proto.name() + "'");
    }
    const auto expected = static_cast<std::size_t>(graph::element_count(input.tensor.shape));
    const std::size_t given =
        std::visit([](const auto& values) { return values.size(); }, input.tensor.values);
    if (given != expected) {
      throw Error("the tensor holds " + std::to_string(given) + " elements where its shape needs " +
                  std::to_string(expected));
    }
    return input;
  });
}

Batch read_set(const fs::path& directory) {
  Batch batch;
  for (const fs::path& path : numbered(directory, "input_", ".pb")) {
    batch.inputs.push_back(read_tensor(path));
  }
  if (batch.inputs.empty()) throw Error("has no input_0.pb", directory.string());
  const auto& shape = batch.inputs.front().tensor.shape;
  batch.samples = shape.empty() ? 1 : static_cast<std::size_t>(shape.front());
  return batch;
}

}  // namespace

Batches read_test_data(const fs::path& directory) {
  std::vector<fs::path> sets = numbered(directory, "test_data_set_", "");
  if (sets.empty()) {
    throw Error("has no calibration samples", directory.string(),
                "test_data_set_0/input_0.pb, ..., as ONNX's backend tests");
  }
  return [sets = std::move(sets)](const std::function<void(const Batch&)>& consume) {
    for (const fs::path& set : sets) consume(read_set(set));
  };
}

}  // namespace quantbench::calibrate
