#include "quantbench/runtime/session.h"

#include <algorithm>
#include <type_traits>

#include "quantbench/base/error.h"
#include "quantbench/base/half.h"
#include "quantbench/base/text.h"
#include "quantbench/runtime/execution.h"

namespace quantbench::runtime {

namespace {

template <typename T>
std::vector<float> converted(const TensorView& view) {
  const std::span<const T> values(static_cast<const T*>(view.data), view.element_count);
  return {values.begin(), values.end()};
}

using Widen = void (*)(const std::byte* from, std::span<float> to);

std::vector<float> widened(const TensorView& view, Widen widen) {
  std::vector<float> out(view.element_count);
  widen(static_cast<const std::byte*>(view.data), out);
  return out;
}

}  // namespace

Tensor rows_of(const Tensor& tensor, std::size_t begin, std::size_t end) {
  Tensor rows;
  rows.shape = tensor.shape;
  rows.shape.at(0) = static_cast<std::int64_t>(end - begin);
  const auto total = static_cast<std::size_t>(tensor.shape[0]);
  const auto cut = [&](const auto& values) {
    const std::size_t row = total == 0 ? 0 : values.size() / total;
    const auto first = values.begin();
    rows.values = std::decay_t<decltype(values)>(first + static_cast<std::ptrdiff_t>(begin * row),
                                                 first + static_cast<std::ptrdiff_t>(end * row));
  };
  if (const auto* floats = std::get_if<std::vector<float>>(&tensor.values)) {
    cut(*floats);
  } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&tensor.values)) {
    cut(*integers);
  } else {
    throw Error("only tensors of float32 and int64 are divided into rows");
  }
  return rows;
}

std::size_t bytes_of(const Tensor& tensor) {
  if (const auto* other = std::get_if<std::shared_ptr<const OtherValues>>(&tensor.values)) {
    std::size_t bytes = (*other)->bytes.size();
    for (const std::string& text : (*other)->strings) bytes += text.size();
    return bytes;
  }
  const auto* floats = std::get_if<std::vector<float>>(&tensor.values);
  return floats != nullptr
             ? floats->size() * sizeof(float)
             : std::get<std::vector<std::int64_t>>(tensor.values).size() * sizeof(std::int64_t);
}

std::span<const float> TensorView::floats() const {
  if (type != ElementType::kFloat32) throw Error("the tensor must be float32");
  return {static_cast<const float*>(data), element_count};
}

std::vector<float> TensorView::to_float() const {
  switch (type) {
    case ElementType::kFloat32:
      return converted<float>(*this);
    case ElementType::kFloat64:
      return converted<double>(*this);
    case ElementType::kFloat16:
      return widened(*this, widen_f16);
    case ElementType::kBFloat16:
      return widened(*this, widen_bf16);
    case ElementType::kInt64:
      return converted<std::int64_t>(*this);
    case ElementType::kInt32:
      return converted<std::int32_t>(*this);
    case ElementType::kInt16:
      return converted<std::int16_t>(*this);
    case ElementType::kInt8:
      return converted<std::int8_t>(*this);
    case ElementType::kUInt8:
      return converted<std::uint8_t>(*this);
    case ElementType::kBool:
      return converted<bool>(*this);
    case ElementType::kOther:
      break;
  }
  throw Error("the tensor's type cannot be converted to float32");
}

std::unique_ptr<Session> Runtime::open_graph(const graph::Model&, const SessionOptions&) const {
  throw Error("the framework cannot read ONNX graphs");
}

graph::Model Runtime::fuse(const graph::Model&) const {
  throw Error("the framework cannot write its fusions as a graph");
}

Execution Runtime::execution(const std::filesystem::path&, const SessionOptions&,
                             const std::filesystem::path&) const {
  throw Error("the framework does not tell in which precision it runs a model");
}

std::vector<OutputInfo> Session::outputs() const {
  std::vector<OutputInfo> infos;
  for (const std::string& name : output_names()) infos.push_back({name, {}});
  return infos;
}

std::vector<Tensor> Session::run(const std::vector<NamedTensor>& inputs) const {
  std::vector<Tensor> outputs(output_names().size());
  run_visit(inputs, [&](std::size_t output, const TensorView& view) {
    outputs[output] = {{view.shape.begin(), view.shape.end()}, view.to_float()};
  });
  return outputs;
}

void check_input_names(const std::vector<InputInfo>& inputs, const std::vector<NamedTensor>& given,
                       const std::string& where) {
  std::vector<std::string> known;
  for (const InputInfo& input : inputs) known.push_back(input.name);
  for (const auto& [name, tensor] : given) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw Error("the model has no input '" + name + "'", where, suggest(name, known));
    }
  }
  for (const std::string& name : known) {
    if (std::none_of(given.begin(), given.end(),
                     [&](const NamedTensor& input) { return input.name == name; })) {
      throw Error("the model's input '" + name + "' is missing", where);
    }
  }
}

namespace {

/// The first runtime that can do it; nullptr if no runtime can.
const Runtime* first_that(bool (Runtime::*can)() const) {
  for (const std::string& name : runtimes().names()) {
    const Runtime& runtime = runtimes().get(name);
    if ((runtime.*can)()) return &runtime;
  }
  return nullptr;
}

}  // namespace

const Runtime& observing_runtime() {
  if (const Runtime* runtime = first_that(&Runtime::observes)) return *runtime;
  throw Error("no framework of this build shows the activations that calibration needs");
}

const Runtime& fusing_runtime() {
  if (const Runtime* runtime = first_that(&Runtime::fuses)) return *runtime;
  throw Error("no framework of this build writes its fusions as a graph");
}

}  // namespace quantbench::runtime
