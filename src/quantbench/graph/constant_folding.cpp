#include "quantbench/graph/constant_folding.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <span>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "quantbench/base/half.h"
#include "quantbench/base/log.h"
#include "quantbench/graph/edit.h"
#include "quantbench/graph/tensor_proto.h"
#include "quantbench/graph/unused.h"
#include "quantbench/graph/wiring.h"

namespace quantbench::graph {

namespace {

using Shape = std::vector<std::int64_t>;
using Inputs = std::vector<const Initializer*>;
using Result = std::optional<Initializer>;

Initializer reshaped(const Initializer& input, Shape shape) {
  Initializer output = input;  // shares the payload
  output.shape = std::move(shape);
  return output;
}

/// Axes as attribute (older operator sets) or second input; counted from 0. nullopt when one is out
/// of range or there are none.
std::optional<Shape> axes_of(const onnx::NodeProto& node, const Inputs& inputs, std::int64_t rank) {
  Shape axes;
  if (inputs.size() > 1) {
    if (inputs[1]->type != onnx::TensorProto::INT64) return std::nullopt;
    const auto values = inputs[1]->values<std::int64_t>();
    axes.assign(values.begin(), values.end());
  } else if (const auto* attribute = find_attribute(node, "axes")) {
    axes.assign(attribute->ints().begin(), attribute->ints().end());
  } else {
    return std::nullopt;
  }
  for (std::int64_t& axis : axes) {
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank) return std::nullopt;
  }
  std::ranges::sort(axes);
  if (std::ranges::adjacent_find(axes) != axes.end()) return std::nullopt;
  return axes;
}

Result unsqueeze(const onnx::NodeProto& node, const Inputs& inputs) {
  const Shape& shape = inputs[0]->shape;
  const auto* attribute = find_attribute(node, "axes");
  const std::int64_t added = inputs.size() > 1      ? inputs[1]->element_count()
                             : attribute != nullptr ? attribute->ints_size()
                                                    : 0;
  if (added > static_cast<std::int64_t>(kMaxFoldedRank)) return std::nullopt;
  const auto axes = axes_of(node, inputs, static_cast<std::int64_t>(shape.size()) + added);
  if (!axes) return std::nullopt;
  Shape longer = shape;
  for (const std::int64_t axis : *axes) longer.insert(longer.begin() + axis, 1);
  return reshaped(*inputs[0], std::move(longer));
}

Result squeeze(const onnx::NodeProto& node, const Inputs& inputs) {
  Shape shape = inputs[0]->shape;
  const auto axes = axes_of(node, inputs, static_cast<std::int64_t>(shape.size()));
  if (!axes) return std::nullopt;
  for (auto axis = axes->rbegin(); axis != axes->rend(); ++axis) {
    if (shape[static_cast<std::size_t>(*axis)] != 1) return std::nullopt;
    shape.erase(shape.begin() + *axis);
  }
  return reshaped(*inputs[0], std::move(shape));
}

Result reshape(const onnx::NodeProto& node, const Inputs& inputs) {
  if (inputs.size() < 2 || inputs[1]->type != onnx::TensorProto::INT64) return std::nullopt;
  const auto wanted = inputs[1]->values<std::int64_t>();
  const std::int64_t count = inputs[0]->element_count();
  if (wanted.size() > kMaxFoldedRank) return std::nullopt;
  if (count == 0 || int_attribute(node, "allowzero", 0) != 0) return std::nullopt;
  Shape shape;
  std::int64_t known = 1;
  std::optional<std::size_t> open;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    std::int64_t size = wanted[i];
    if (size == 0 && i < inputs[0]->shape.size()) size = inputs[0]->shape[i];
    if (size == -1 && !open) {
      open = i;
      size = 1;
    }
    if (size <= 0 || size > count / known) return std::nullopt;
    known *= size;
    shape.push_back(size);
  }
  if (open) {
    shape[*open] = count / known;
    known *= shape[*open];
  }
  if (known != count) return std::nullopt;
  return reshaped(*inputs[0], std::move(shape));
}

Result identity(const onnx::NodeProto&, const Inputs& inputs) { return *inputs[0]; }

Result shape_of(const onnx::NodeProto& node, const Inputs& inputs) {
  if (node.attribute_size() != 0) return std::nullopt;  // a part of the shape
  const auto rank = static_cast<std::int64_t>(inputs[0]->shape.size());
  return Initializer::make<std::int64_t>("", {rank}, Shape(inputs[0]->shape));
}

Initializer with_bytes(onnx::TensorProto::DataType type, Shape shape,
                       std::vector<std::byte> bytes) {
  Initializer output;
  output.type = type;
  output.shape = std::move(shape);
  output.data = TensorData::own(std::move(bytes));
  return output;
}

/// Bytes of an element; nullopt for types of less than a byte.
std::optional<std::size_t> width_of(const Initializer& input) {
  const std::int64_t two = byte_size(input.type, 2);
  if (two < 2 || two % 2 != 0) return std::nullopt;
  return static_cast<std::size_t>(two / 2);
}

Result transpose(const onnx::NodeProto& node, const Inputs& inputs) {
  const Shape& shape = inputs[0]->shape;
  const auto width = width_of(*inputs[0]);
  const auto* attribute = find_attribute(node, "perm");
  // Exporters transpose the matrices of linear layers.
  constexpr std::size_t kMatrix = 2;
  if (!width || shape.size() != kMatrix) return std::nullopt;
  if (attribute != nullptr && (attribute->ints_size() != 2 || attribute->ints(0) != 1)) {
    return std::nullopt;
  }
  const auto rows = static_cast<std::size_t>(shape[0]);
  const auto columns = static_cast<std::size_t>(shape[1]);
  const std::byte* from = inputs[0]->data.bytes.data();
  std::vector<std::byte> bytes(inputs[0]->data.bytes.size());
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      std::memcpy(&bytes[(c * rows + r) * *width], from + (r * columns + c) * *width, *width);
    }
  }
  return with_bytes(inputs[0]->type, {shape[1], shape[0]}, std::move(bytes));
}

Result concat(const onnx::NodeProto& node, const Inputs& inputs) {
  if (int_attribute(node, "axis", -1) != 0) return std::nullopt;
  Shape shape = inputs[0]->shape;
  if (shape.empty() || !width_of(*inputs[0])) return std::nullopt;
  shape[0] = 0;
  std::vector<std::byte> bytes;
  for (const Initializer* input : inputs) {
    const bool alike = input->type == inputs[0]->type && input->shape.size() == shape.size() &&
                       std::equal(shape.begin() + 1, shape.end(), input->shape.begin() + 1);
    if (!alike) return std::nullopt;
    shape[0] += input->shape[0];
    bytes.insert(bytes.end(), input->data.bytes.begin(), input->data.bytes.end());
  }
  return with_bytes(inputs[0]->type, std::move(shape), std::move(bytes));
}

Result gather(const onnx::NodeProto& node, const Inputs& inputs) {
  if (inputs.size() < 2 || int_attribute(node, "axis", 0) != 0) return std::nullopt;
  const Initializer& table = *inputs[0];
  if (table.shape.empty() || table.shape[0] == 0 || !width_of(table) ||
      inputs[1]->type != onnx::TensorProto::INT64) {
    return std::nullopt;
  }
  const std::size_t row = table.data.bytes.size() / static_cast<std::size_t>(table.shape[0]);
  std::vector<std::byte> bytes;
  for (std::int64_t index : inputs[1]->values<std::int64_t>()) {
    if (index < 0) index += table.shape[0];
    if (index < 0 || index >= table.shape[0]) return std::nullopt;
    const auto from = table.data.bytes.subspan(static_cast<std::size_t>(index) * row, row);
    bytes.insert(bytes.end(), from.begin(), from.end());
  }
  Shape shape = inputs[1]->shape;
  shape.insert(shape.end(), table.shape.begin() + 1, table.shape.end());
  return with_bytes(table.type, std::move(shape), std::move(bytes));
}

template <typename From, typename To>
Initializer cast_values(const Initializer& input) {
  std::vector<To> values;
  for (const From value : input.values<From>()) values.push_back(static_cast<To>(value));
  return Initializer::make("", input.shape, std::move(values));
}

/// Every value of these types is one of float32.
Initializer widened(const Initializer& input, void (*widen)(const std::byte*, std::span<float>)) {
  std::vector<float> values(static_cast<std::size_t>(input.element_count()));
  widen(input.data.bytes.data(), values);
  return Initializer::make("", input.shape, std::move(values));
}

Result cast(const onnx::NodeProto& node, const Inputs& inputs) {
  const Initializer& input = *inputs[0];
  const std::int64_t to = int_attribute(node, "to", onnx::TensorProto::UNDEFINED);
  using T = onnx::TensorProto;
  if (to == input.type) return input;
  if (input.type == T::INT64 && to == T::FLOAT) return cast_values<std::int64_t, float>(input);
  if (input.type == T::INT32 && to == T::FLOAT) return cast_values<std::int32_t, float>(input);
  if (input.type == T::INT32 && to == T::INT64) {
    return cast_values<std::int32_t, std::int64_t>(input);
  }
  if (input.type == T::DOUBLE && to == T::FLOAT) return cast_values<double, float>(input);
  if (input.type == T::FLOAT && to == T::DOUBLE) return cast_values<float, double>(input);
  if (input.type == T::FLOAT16 && to == T::FLOAT) return widened(input, widen_f16);
  if (input.type == T::BFLOAT16 && to == T::FLOAT) return widened(input, widen_bf16);
  return std::nullopt;  // float to integer depends on the runtime where it overflows
}

template <typename T>
std::optional<T> combine(std::string_view op_type, T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    T result = 0;
    if (op_type == "Add")
      return __builtin_add_overflow(a, b, &result) ? std::optional<T>() : result;
    if (op_type == "Sub")
      return __builtin_sub_overflow(a, b, &result) ? std::optional<T>() : result;
    if (op_type == "Mul")
      return __builtin_mul_overflow(a, b, &result) ? std::optional<T>() : result;
    if (b == 0 || b == -1) return std::nullopt;
    return a / b;
  } else {
    if (op_type == "Add") return a + b;
    if (op_type == "Sub") return a - b;
    if (op_type == "Mul") return a * b;
    return a / b;
  }
}

template <typename T>
Result binary_values(std::string_view op_type, const Initializer& left, const Initializer& right) {
  const bool left_scalar = left.element_count() == 1;
  const bool right_scalar = right.element_count() == 1;
  const bool alike = left.shape == right.shape;
  // Of two single elements the one of higher rank gives the shape.
  const bool left_shape = right_scalar && (!left_scalar || left.shape.size() >= right.shape.size());
  if (!alike && !left_scalar && !right_scalar) return std::nullopt;
  if (!alike && left_scalar && !right_scalar && left.shape.size() > right.shape.size()) {
    return std::nullopt;
  }
  if (!alike && right_scalar && !left_scalar && right.shape.size() > left.shape.size()) {
    return std::nullopt;
  }
  const auto a = left.values<T>();
  const auto b = right.values<T>();
  std::vector<T> values;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const auto value = combine(op_type, a[a.size() == 1 ? 0 : i], b[b.size() == 1 ? 0 : i]);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return Initializer::make("", alike || left_shape ? left.shape : right.shape, std::move(values));
}

Result binary(const onnx::NodeProto& node, const Inputs& inputs) {
  if (inputs.size() != 2 || inputs[0]->type != inputs[1]->type) return std::nullopt;
  if (inputs[0]->element_count() == 0 || inputs[1]->element_count() == 0) return std::nullopt;
  if (inputs[0]->type == onnx::TensorProto::FLOAT) {
    return binary_values<float>(node.op_type(), *inputs[0], *inputs[1]);
  }
  if (inputs[0]->type == onnx::TensorProto::INT64) {
    return binary_values<std::int64_t>(node.op_type(), *inputs[0], *inputs[1]);
  }
  return std::nullopt;
}

Result unary(const onnx::NodeProto& node, const Inputs& inputs) {
  if (inputs[0]->type != onnx::TensorProto::FLOAT) return std::nullopt;
  std::vector<float> values;
  for (const float value : inputs[0]->values<float>()) {
    values.push_back(node.op_type() == "Sqrt" ? std::sqrt(value) : -value);
  }
  return Initializer::make("", inputs[0]->shape, std::move(values));
}

Result constant(const onnx::NodeProto& node, FoldingBudget& budget) {
  if (node.attribute_size() != 1) return std::nullopt;
  const onnx::AttributeProto& value = node.attribute(0);
  if (value.name() == "sparse_value") return dense_of(value.sparse_tensor(), budget);
  if (value.name() == "value_float") return Initializer::scalar("", value.f());
  if (value.name() == "value_int") {
    return Initializer::scalar<std::int64_t>("", value.i());
  }
  if (value.name() == "value_floats") {
    return Initializer::make<float>("", {value.floats_size()},
                                    {value.floats().begin(), value.floats().end()});
  }
  if (value.name() == "value_ints") {
    return Initializer::make<std::int64_t>("", {value.ints_size()},
                                           {value.ints().begin(), value.ints().end()});
  }
  if (value.name() != "value" || value.t().data_type() == onnx::TensorProto::STRING) {
    return std::nullopt;
  }
  return initializer_of(value.t());
}

// What an operator's output takes at most, in bytes.

using Cost = std::uint64_t (*)(const onnx::NodeProto&, const Inputs&);

std::uint64_t nothing_new(const onnx::NodeProto&, const Inputs&) { return 0; }

std::uint64_t all_inputs(const onnx::NodeProto&, const Inputs& inputs) {
  std::uint64_t bytes = 0;
  for (const Initializer* input : inputs) bytes += input->data.bytes.size();
  return bytes;
}

std::uint64_t largest_input(const onnx::NodeProto&, const Inputs& inputs) {
  std::uint64_t bytes = 0;
  for (const Initializer* input : inputs) bytes = std::max(bytes, input->data.bytes.size());
  return bytes;
}

std::uint64_t a_shape(const onnx::NodeProto&, const Inputs& inputs) {
  return inputs[0]->shape.size() * sizeof(std::int64_t);
}

std::uint64_t cast_values_of(const onnx::NodeProto& node, const Inputs& inputs) {
  const auto to = static_cast<int>(int_attribute(node, "to", onnx::TensorProto::UNDEFINED));
  if (to == inputs[0]->type) return 0;
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, byte_size(to, inputs[0]->element_count())));
}

std::uint64_t gathered_rows(const onnx::NodeProto&, const Inputs& inputs) {
  if (inputs.size() < 2 || inputs[0]->shape.empty() || inputs[0]->shape[0] == 0) return 0;
  const std::uint64_t row =
      inputs[0]->data.bytes.size() / static_cast<std::uint64_t>(inputs[0]->shape[0]);
  const auto indices = static_cast<std::uint64_t>(inputs[1]->element_count());
  std::uint64_t bytes = 0;
  return __builtin_mul_overflow(row, indices, &bytes) ? UINT64_MAX : bytes;
}

struct Evaluator {
  std::string_view op_type;
  Result (*evaluate)(const onnx::NodeProto&, const Inputs&);
  Cost cost;
};

constexpr std::array kEvaluators = {
    Evaluator{"Add", binary, largest_input},       Evaluator{"Cast", cast, cast_values_of},
    Evaluator{"Concat", concat, all_inputs},       Evaluator{"Div", binary, largest_input},
    Evaluator{"Gather", gather, gathered_rows},    Evaluator{"Identity", identity, nothing_new},
    Evaluator{"Mul", binary, largest_input},       Evaluator{"Neg", unary, largest_input},
    Evaluator{"Reshape", reshape, nothing_new},    Evaluator{"Shape", shape_of, a_shape},
    Evaluator{"Sqrt", unary, largest_input},       Evaluator{"Squeeze", squeeze, nothing_new},
    Evaluator{"Sub", binary, largest_input},       Evaluator{"Transpose", transpose, largest_input},
    Evaluator{"Unsqueeze", unsqueeze, nothing_new}};

bool has_usual_rank(const Initializer* input) { return input->shape.size() <= kMaxFoldedRank; }

}  // namespace

FoldingBudget::FoldingBudget(const Model& model) {
  constexpr std::uint64_t kAlways = std::uint64_t{64} << 20;
  allowed_ = kAlways;
  for (const std::string& name : model.initializer_names()) {
    add_weight(*model.find_initializer(name));
  }
}

void FoldingBudget::add_weight(const Initializer& weight) {
  const std::uint64_t bytes = weight.data.bytes.size();
  const bool half =
      weight.type == onnx::TensorProto::FLOAT16 || weight.type == onnx::TensorProto::BFLOAT16;
  allowed_ += (half ? 4 : 2) * bytes;
}

bool FoldingBudget::take(std::uint64_t bytes) {
  if (bytes > allowed_ - taken_) {
    exceeded_ = true;
    return false;
  }
  taken_ += bytes;
  return true;
}

std::optional<Initializer> dense_of(const onnx::SparseTensorProto& sparse, FoldingBudget& budget) {
  const auto is_here = [](const onnx::TensorProto& tensor, onnx::TensorProto::DataType type) {
    return tensor.data_type() == type && tensor.data_location() != onnx::TensorProto::EXTERNAL;
  };
  if (!is_here(sparse.values(), onnx::TensorProto::FLOAT) ||
      !is_here(sparse.indices(), onnx::TensorProto::INT64)) {
    return std::nullopt;
  }
  const Shape shape(sparse.dims().begin(), sparse.dims().end());
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0 || __builtin_mul_overflow(count, size, &count)) return std::nullopt;
  }
  constexpr std::int64_t kMost = std::int64_t{1} << 60;
  if (shape.size() > kMaxFoldedRank || count > kMost ||
      !budget.take(static_cast<std::uint64_t>(count) * sizeof(float))) {
    return std::nullopt;
  }
  const Initializer values = initializer_of(sparse.values());
  const Initializer indices = initializer_of(sparse.indices());
  const std::int64_t given = values.element_count();
  const std::size_t per_value = indices.shape.size() == 2 ? shape.size() : 1;
  if (indices.shape.empty() || indices.shape[0] != given ||
      indices.element_count() != given * static_cast<std::int64_t>(per_value)) {
    return std::nullopt;
  }
  std::vector<float> dense(static_cast<std::size_t>(count));
  const auto from = values.values<float>();
  const auto at = indices.values<std::int64_t>();
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::int64_t place = per_value == 1 && indices.shape.size() == 1 ? at[i] : 0;
    for (std::size_t axis = 0; indices.shape.size() == 2 && axis < shape.size(); ++axis) {
      const std::int64_t index = at[i * shape.size() + axis];
      if (index < 0 || index >= shape[axis]) return std::nullopt;
      place = place * shape[axis] + index;
    }
    if (place < 0 || place >= count) return std::nullopt;
    dense[static_cast<std::size_t>(place)] = from[i];
  }
  return Initializer::make(sparse.values().name(), shape, std::move(dense));
}

std::optional<Initializer> evaluate_constant(const Model& model, const onnx::NodeProto& node,
                                             FoldingBudget& budget) {
  if (node.output_size() != 1 || !node.domain().empty()) return std::nullopt;
  Result result;
  if (node.op_type() == "Constant") {
    result = constant(node, budget);
    if (result) budget.add_weight(*result);
  } else {
    const auto* evaluator = std::ranges::find(kEvaluators, node.op_type(), &Evaluator::op_type);
    if (evaluator == kEvaluators.end() || node.input_size() == 0) return std::nullopt;
    Inputs inputs;
    for (const std::string& name : node.input()) {
      const Initializer* input = model.find_initializer(name);
      if (input == nullptr) return std::nullopt;
      inputs.push_back(input);
    }
    // A node that turns out to depend on more than constants costs the same.
    if (!std::ranges::all_of(inputs, has_usual_rank) ||
        !budget.take(evaluator->cost(node, inputs))) {
      return std::nullopt;
    }
    result = evaluator->evaluate(node, inputs);
  }
  if (!result || !has_usual_rank(&*result)) return std::nullopt;
  result->name = node.output(0);
  return result;
}

int fold_constants(Model& model, FoldingBudget& budget) {
  std::unordered_set<std::string> inputs;
  for (const auto& input : model.graph().input()) inputs.insert(input.name());
  Wiring wiring(model.graph());
  const bool told = budget.exceeded();
  int count = 0;
  for (onnx::NodeProto& node : *model.graph().mutable_node()) {
    // A graph input of the same name can override an initializer.
    bool overridable = false;
    for (const std::string& input : node.input()) overridable |= inputs.count(input) != 0;
    if (overridable || node.output_size() != 1 || wiring.is_graph_output(node.output(0))) {
      continue;
    }
    if (auto value = evaluate_constant(model, node, budget)) {
      model.set_initializer(*std::move(value));
      wiring.remove(node);
      ++count;
    }
  }
  if (budget.exceeded() && !told) {
    spdlog::warn("constant folding is bounded to {} MiB for this model; the nodes beyond stay",
                 budget.allowed() >> 20);
  }
  wiring.drop_removed();
  if (count > 0) remove_unused_initializers(model);
  return count;
}

}  // namespace quantbench::graph
