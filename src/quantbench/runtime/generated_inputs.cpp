#include "quantbench/runtime/generated_inputs.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <utility>

#include "quantbench/base/half.h"

namespace quantbench::runtime {

namespace {

using DataType = onnx::TensorProto;

/// Elements of one input.
constexpr std::int64_t kMostElements = std::int64_t{1} << 26;

/// Sizes of dimensions that are declared by name or not at all.
class Sizes {
 public:
  std::int64_t of(const onnx::TensorShapeProto& shape, int axis) {
    const auto& dimension = shape.dim(axis);
    if (dimension.has_dim_value() && dimension.dim_value() >= 0) return dimension.dim_value();
    constexpr int kImageRank = 4;
    constexpr std::int64_t kImageSide = 64;
    constexpr std::int64_t kLength = 8;
    const std::int64_t usual = axis == 0                        ? 1
                               : shape.dim_size() == kImageRank ? kImageSide
                                                                : kLength;
    if (!dimension.has_dim_param() || dimension.dim_param().empty()) return usual;
    return by_name_.emplace(dimension.dim_param(), usual).first->second;
  }

 private:
  std::map<std::string, std::int64_t> by_name_;
};

/// Rows of the smallest table that a graph input, or a Cast of it, selects from; 0: none.
std::int64_t rows_selected_by(const graph::Model& model, const std::string& input) {
  std::vector<std::string> names = {input};
  std::int64_t rows = 0;
  for (const onnx::NodeProto& node : model.graph().node()) {
    const auto reads = [&](int i) {
      return node.input_size() > i && std::ranges::find(names, node.input(i)) != names.end();
    };
    if (node.op_type() == "Cast" && reads(0)) names.push_back(node.output(0));
    if (!node.op_type().starts_with("Gather") || !reads(1)) continue;
    const graph::Initializer* table = model.find_initializer(node.input(0));
    if (table == nullptr || table->shape.empty()) continue;
    std::int64_t axis = 0;
    for (const auto& attribute : node.attribute()) {
      if (attribute.name() == "axis") axis = attribute.i();
    }
    const auto rank = static_cast<std::int64_t>(table->shape.size());
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank) continue;
    const std::int64_t found = table->shape[static_cast<std::size_t>(axis)];
    rows = rows == 0 ? found : std::min(rows, found);
  }
  return rows;
}

template <typename T, typename Make>
std::shared_ptr<const OtherValues> other(int type, std::size_t count, const Make& make) {
  OtherValues values{.data_type = type};
  values.bytes.resize(count * sizeof(T));
  for (std::size_t i = 0; i < count; ++i) {
    const T value = static_cast<T>(make());
    std::memcpy(&values.bytes[i * sizeof(T)], &value, sizeof(T));
  }
  return std::make_shared<const OtherValues>(std::move(values));
}

class Generator {
 public:
  explicit Generator(const graph::Model& model) : model_(model) {}

  std::optional<NamedTensor> input(const onnx::ValueInfoProto& info) {
    if (!info.type().has_tensor_type()) return std::nullopt;
    const auto& type = info.type().tensor_type();
    NamedTensor made{info.name(), {}};
    std::int64_t count = 1;
    for (int axis = 0; axis < type.shape().dim_size(); ++axis) {
      made.tensor.shape.push_back(sizes_.of(type.shape(), axis));
      if (made.tensor.shape.back() > kMostElements) return std::nullopt;
      count *= made.tensor.shape.back();
      if (count > kMostElements) return std::nullopt;
    }
    rows_ = rows_selected_by(model_, info.name());
    if (!fill(made.tensor, type.elem_type(), static_cast<std::size_t>(count))) return std::nullopt;
    return made;
  }

 private:
  bool fill(Tensor& tensor, int type, std::size_t count) {
    const auto real = [this] { return normal_(random_); };
    const auto integer = [this] {
      return rows_ > 0 ? static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(rows_))
                       : std::int64_t{1};
    };
    switch (type) {
      case DataType::FLOAT: {
        std::vector<float> values(count);
        std::ranges::generate(values, real);
        tensor.values = std::move(values);
        return true;
      }
      case DataType::INT64: {
        std::vector<std::int64_t> values(count);
        std::ranges::generate(values, integer);
        tensor.values = std::move(values);
        return true;
      }
      case DataType::DOUBLE:
        tensor.values = other<double>(type, count, real);
        return true;
      case DataType::FLOAT16:
        tensor.values = other<std::uint16_t>(type, count, [&] { return to_half(real()); });
        return true;
      case DataType::BFLOAT16:
        tensor.values = other<std::uint16_t>(
            type, count, [&] { return std::bit_cast<std::uint32_t>(real()) >> 16; });
        return true;
      case DataType::INT32:
      case DataType::UINT32:
        tensor.values = other<std::int32_t>(type, count, integer);
        return true;
      case DataType::UINT64:
        tensor.values = other<std::int64_t>(type, count, integer);
        return true;
      case DataType::INT16:
      case DataType::UINT16:
        tensor.values = other<std::int16_t>(type, count, integer);
        return true;
      case DataType::UINT8:
      case DataType::INT8:
        tensor.values = other<std::uint8_t>(type, count, [this] { return random_(); });
        return true;
      case DataType::BOOL:
        tensor.values = other<std::uint8_t>(type, count, [] { return 1; });
        return true;
      case DataType::STRING:
        tensor.values = std::make_shared<const OtherValues>(
            OtherValues{type, {}, std::vector<std::string>(count, "a")});
        return true;
      default:
        return false;
    }
  }

  const graph::Model& model_;
  Sizes sizes_;
  std::int64_t rows_ = 0;
  std::mt19937 random_{0};
  std::normal_distribution<float> normal_;
};

}  // namespace

std::optional<std::vector<NamedTensor>> generate_inputs(const graph::Model& model) {
  Generator generator(model);
  std::vector<NamedTensor> inputs;
  for (const auto& info : model.graph().input()) {
    if (model.find_initializer(info.name()) != nullptr) continue;
    std::optional<NamedTensor> input = generator.input(info);
    if (!input) return std::nullopt;
    inputs.push_back(*std::move(input));
  }
  return inputs;
}

}  // namespace quantbench::runtime
