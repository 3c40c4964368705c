#include "quantbench/runtime/index_limits.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <variant>

#include "quantbench/base/error.h"
#include "quantbench/graph/index.h"

namespace quantbench::runtime {

namespace {

/// Operators whose output holds the values of their first input, perhaps in another shape or type.
constexpr std::array<std::string_view, 8> kKeepValues = {
    "Cast", "Expand", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"};
/// Operators whose output has the shape of their first input.
constexpr std::array<std::string_view, 4> kKeepShape = {"Cast", "DequantizeLinear", "Identity",
                                                        "QuantizeLinear"};

/// An operator that reads rows of a table: places of the row numbers and of the table among its
/// inputs.
struct Lookup {
  std::string_view op_type;
  int indices;
  int table;
};
constexpr std::array<Lookup, 4> kLookups = {{{"Gather", 1, 0},
                                             {"EmbedLayerNormalization", 0, 2},
                                             {"EmbedLayerNormalization", 1, 4},
                                             {"EmbedLayerNormalization", 8, 3}}};

/// Follows a tensor back through operators of the list, as far as it goes.
template <typename List>
std::string traced(const graph::Index& index, std::string tensor, const List& through) {
  // A stranger's graph may be a ring.
  for (int steps = index.graph().node_size(); steps > 0; --steps) {
    const onnx::NodeProto* node = index.producer(tensor);
    if (node == nullptr || node->input_size() == 0 ||
        std::ranges::find(through, node->op_type()) == through.end()) {
      break;
    }
    tensor = node->input(0);
  }
  return tensor;
}

/// The shape of a constant; empty: it is a scalar, or computed.
std::vector<std::int64_t> constant_shape(const graph::Model& model, const graph::Index& index,
                                         const std::string& tensor) {
  if (const graph::Initializer* constant = model.find_initializer(tensor)) return constant->shape;
  const onnx::NodeProto* node = index.producer(tensor);
  if (node == nullptr || node->op_type() != "Constant") return {};
  for (const onnx::AttributeProto& attribute : node->attribute()) {
    if (attribute.name() == "value")
      return {attribute.t().dims().begin(), attribute.t().dims().end()};
  }
  return {};
}

/// The axis of the rows.
std::int64_t axis_of(const onnx::NodeProto& node) {
  for (const onnx::AttributeProto& attribute : node.attribute()) {
    if (attribute.name() == "axis") return attribute.i();
  }
  return 0;
}

/// The rows of the table that a node reads; 0: unknown.
std::int64_t rows_of_table(const graph::Model& model, const graph::Index& index,
                           const onnx::NodeProto& node, int table) {
  const auto shape = constant_shape(model, index, traced(index, node.input(table), kKeepShape));
  const auto rank = static_cast<std::int64_t>(shape.size());
  const std::int64_t axis = axis_of(node) + (axis_of(node) < 0 ? rank : 0);
  return axis < 0 || axis >= rank ? 0 : shape[static_cast<std::size_t>(axis)];
}

}  // namespace

std::map<std::string, std::int64_t> index_limits(const graph::Model& model) {
  const graph::Index index(model.graph());
  std::map<std::string, std::int64_t> limits;
  for (const onnx::NodeProto& node : model.graph().node()) {
    for (const Lookup& lookup : kLookups) {
      if (node.op_type() != lookup.op_type ||
          node.input_size() <= std::max(lookup.indices, lookup.table)) {
        continue;
      }
      const std::string input = traced(index, node.input(lookup.indices), kKeepValues);
      if (!index.is_graph_input(input) || model.find_initializer(input) != nullptr) continue;
      const std::int64_t rows = rows_of_table(model, index, node, lookup.table);
      if (rows == 0) continue;
      const auto [known, is_new] = limits.emplace(input, rows);
      if (!is_new) known->second = std::min(known->second, rows);
    }
  }
  return limits;
}

void check_indices(const std::map<std::string, std::int64_t>& limits,
                   const std::vector<NamedTensor>& inputs) {
  for (const auto& [name, tensor] : inputs) {
    const auto limit = limits.find(name);
    const auto* values = std::get_if<std::vector<std::int64_t>>(&tensor.values);
    if (limit == limits.end() || values == nullptr) continue;
    const std::int64_t rows = limit->second;
    const auto outside = std::ranges::find_if(
        *values, [rows](std::int64_t value) { return value < -rows || value >= rows; });
    if (outside == values->end()) continue;
    throw Error("the value " + std::to_string(*outside) + " is out of range",
                "input '" + name + "'",
                "the model's table has " + std::to_string(rows) + " rows: 0 to " +
                    std::to_string(rows - 1));
  }
}

}  // namespace quantbench::runtime
