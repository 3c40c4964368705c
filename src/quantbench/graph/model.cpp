#include "quantbench/graph/model.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/graph/tensor_proto.h"

namespace quantbench::graph {

static_assert(std::endian::native == std::endian::little,
              "ONNX raw_data is little-endian and is used in place");

namespace {

template <typename T>
constexpr onnx::TensorProto::DataType data_type_of() {
  if constexpr (std::is_same_v<T, float>) return onnx::TensorProto::FLOAT;
  if constexpr (std::is_same_v<T, double>) return onnx::TensorProto::DOUBLE;
  if constexpr (std::is_same_v<T, std::int8_t>) return onnx::TensorProto::INT8;
  if constexpr (std::is_same_v<T, std::uint8_t>) return onnx::TensorProto::UINT8;
  if constexpr (std::is_same_v<T, std::int16_t>) return onnx::TensorProto::INT16;
  if constexpr (std::is_same_v<T, std::uint16_t>) return onnx::TensorProto::UINT16;
  if constexpr (std::is_same_v<T, std::int32_t>) return onnx::TensorProto::INT32;
  if constexpr (std::is_same_v<T, std::uint32_t>) return onnx::TensorProto::UINT32;
  if constexpr (std::is_same_v<T, std::int64_t>) return onnx::TensorProto::INT64;
  if constexpr (std::is_same_v<T, std::uint64_t>) return onnx::TensorProto::UINT64;
}

}  // namespace

std::int64_t byte_size(int data_type, std::int64_t count) {
  // Numbers rather than names where the ONNX headers built with are older than the type.
  constexpr int kFloat8First = 17;
  constexpr int kFloat8Last = 20;
  constexpr int kUint4 = 21;
  constexpr int kInt4 = 22;
  constexpr int kFloat4 = 23;
  constexpr int kFloat8Exponent = 24;
  constexpr int kUint2 = 25;
  constexpr int kInt2 = 26;
  if (data_type >= kFloat8First && data_type <= kFloat8Last) return count;
  if (data_type == kFloat8Exponent) return count;
  if (data_type == kUint4 || data_type == kInt4 || data_type == kFloat4) {
    return count / 2 + count % 2;
  }
  if (data_type == kUint2 || data_type == kInt2) return count / 4 + (count % 4 == 0 ? 0 : 1);
  switch (data_type) {
    case onnx::TensorProto::BOOL:
    case onnx::TensorProto::INT8:
    case onnx::TensorProto::UINT8:
      return count;
    case onnx::TensorProto::FLOAT16:
    case onnx::TensorProto::BFLOAT16:
    case onnx::TensorProto::INT16:
    case onnx::TensorProto::UINT16:
      return count * 2;
    case onnx::TensorProto::FLOAT:
    case onnx::TensorProto::INT32:
    case onnx::TensorProto::UINT32:
      return count * 4;
    case onnx::TensorProto::DOUBLE:
    case onnx::TensorProto::INT64:
    case onnx::TensorProto::UINT64:
    case onnx::TensorProto::COMPLEX64:
      return count * 8;
    case onnx::TensorProto::COMPLEX128:
      return count * 16;
    default:
      return -1;
  }
}

std::int64_t element_count(std::span<const std::int64_t> shape) {
  // No tensor that fits in memory has more; leaves room for the bytes of an element.
  constexpr std::int64_t kMost = std::int64_t{1} << 56;
  std::int64_t count = 1;
  bool empty = false;
  for (const std::int64_t dimension : shape) {
    if (dimension < 0) throw Error("dimension " + std::to_string(dimension) + " is negative");
    if (dimension == 0) {
      empty = true;
    } else if (count > kMost / dimension) {
      throw Error("the shape has more elements than memory can hold");
    } else {
      count *= dimension;
    }
  }
  return empty ? 0 : count;
}

template <typename T>
Values<T>::Values(std::span<const std::byte> bytes) {
  const std::size_t count = bytes.size() / sizeof(T);
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(T) == 0) {
    view_ = {reinterpret_cast<const T*>(bytes.data()), count};
  } else {
    copy_.resize(count);
    std::memcpy(copy_.data(), bytes.data(), count * sizeof(T));
    view_ = copy_;
  }
}

std::int64_t Initializer::element_count() const { return graph::element_count(shape); }

template <typename T>
Values<T> Initializer::values() const {
  if (type != data_type_of<T>()) {
    throw Error("initializer '" + name + "' has data type " + std::to_string(type) + ", expected " +
                onnx::TensorProto::DataType_Name(data_type_of<T>()));
  }
  return Values<T>(data.bytes);
}

template <typename T>
Initializer Initializer::make(std::string name, std::vector<std::int64_t> shape,
                              std::vector<T> values) {
  const std::int64_t count = graph::element_count(shape);
  if (count != static_cast<std::int64_t>(values.size())) {
    throw Error("initializer '" + name + "' has " + std::to_string(values.size()) +
                " values for a shape of " + std::to_string(count));
  }
  return {std::move(name), data_type_of<T>(), std::move(shape), TensorData::own(std::move(values))};
}

#define QUANTBENCH_INSTANTIATE(T)                    \
  template class Values<T>;                          \
  template Values<T> Initializer::values<T>() const; \
  template Initializer Initializer::make(std::string, std::vector<std::int64_t>, std::vector<T>);
QUANTBENCH_INSTANTIATE(float)
QUANTBENCH_INSTANTIATE(double)
QUANTBENCH_INSTANTIATE(std::int8_t)
QUANTBENCH_INSTANTIATE(std::uint8_t)
QUANTBENCH_INSTANTIATE(std::int16_t)
QUANTBENCH_INSTANTIATE(std::uint16_t)
QUANTBENCH_INSTANTIATE(std::int32_t)
QUANTBENCH_INSTANTIATE(std::uint32_t)
QUANTBENCH_INSTANTIATE(std::int64_t)
QUANTBENCH_INSTANTIATE(std::uint64_t)
#undef QUANTBENCH_INSTANTIATE

Model::Model() { proto_.mutable_graph(); }
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

Model Model::clone() const {
  Model copy;
  copy.proto_ = proto_;
  copy.initializers_ = initializers_;
  copy.order_ = order_;
  return copy;
}

std::int64_t Model::opset() const {
  for (const auto& import : proto_.opset_import()) {
    if (import.domain().empty() || import.domain() == "ai.onnx") return import.version();
  }
  return 1;
}

void Model::require_opset(std::string_view domain, std::int64_t version) {
  const auto same = [&](const std::string& other) {
    const bool is_default = domain.empty() || domain == "ai.onnx";
    return other == domain || (is_default && (other.empty() || other == "ai.onnx"));
  };
  for (auto& import : *proto_.mutable_opset_import()) {
    if (same(import.domain())) {
      import.set_version(std::max(import.version(), version));
      return;
    }
  }
  auto& import = *proto_.add_opset_import();
  import.set_domain(std::string(domain));
  import.set_version(version);
}

std::vector<std::string> Model::input_names() const {
  std::vector<std::string> names;
  for (const auto& input : graph().input()) {
    if (find_initializer(input.name()) == nullptr) names.push_back(input.name());
  }
  return names;
}

const Initializer* Model::find_initializer(std::string_view name) const {
  const auto found = initializers_.find(name);
  return found == initializers_.end() ? nullptr : &found->second;
}

void Model::set_initializer(Initializer initializer) {
  const auto [place, is_new] = initializers_.try_emplace(initializer.name);
  if (is_new) order_.push_back(initializer.name);
  place->second = std::move(initializer);
}

void Model::remove_initializer(std::string_view name) { remove_initializers({std::string(name)}); }

void Model::remove_initializers(const std::unordered_set<std::string>& names) {
  std::unordered_set<std::string_view> removed;
  for (const std::string& name : names) {
    if (initializers_.erase(name) != 0) removed.insert(name);
  }
  if (removed.empty()) return;
  std::erase_if(order_, [&](const std::string& name) { return removed.contains(name); });
  // Its entry among the inputs would make it an input that every caller has to give.
  auto& inputs = *graph().mutable_input();
  for (int i = inputs.size() - 1; i >= 0; --i) {
    if (removed.contains(inputs[i].name())) inputs.DeleteSubrange(i, 1);
  }
}

onnx::ModelProto Model::to_proto() const {
  onnx::ModelProto full = proto_;
  for (const std::string& name : order_) {
    const Initializer& initializer = initializers_.find(name)->second;
    onnx::TensorProto& tensor = *full.mutable_graph()->add_initializer();
    describe(initializer, tensor);
    const auto bytes = initializer.data.bytes;
    tensor.set_raw_data(bytes.data(), bytes.size());
  }
  return full;
}

}  // namespace quantbench::graph
