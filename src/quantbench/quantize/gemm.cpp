#include "quantbench/quantize/gemm.h"

#include <cstring>
#include <utility>
#include <vector>

#include "quantbench/graph/edit.h"
#include "quantbench/graph/unused.h"

namespace quantbench::quantize {

namespace {

bool is_linear_layer(const onnx::NodeProto& node) {
  return node.op_type() == "Gemm" && node.domain().empty() && node.input_size() >= 2 &&
         node.output_size() == 1 && graph::float_attribute(node, "alpha", 1.0F) == 1.0F &&
         graph::float_attribute(node, "beta", 1.0F) == 1.0F &&
         graph::int_attribute(node, "transA", 0) == 0;
}

/// Rows and columns exchanged; elements are moved as bytes, whatever they are.
graph::Initializer transposed(const graph::Initializer& matrix, std::string name) {
  const auto rows = static_cast<std::size_t>(matrix.shape[0]);
  const auto columns = static_cast<std::size_t>(matrix.shape[1]);
  const auto bytes = matrix.data.bytes;
  const std::size_t size = bytes.empty() ? 0 : bytes.size() / (rows * columns);
  std::vector<std::byte> out(bytes.size());
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      std::memcpy(&out[(c * rows + r) * size], &bytes[(r * columns + c) * size], size);
    }
  }
  return {std::move(name),
          matrix.type,
          {matrix.shape[1], matrix.shape[0]},
          graph::TensorData::own(std::move(out))};
}

}  // namespace

std::map<std::string, std::string> replace_gemm_with_matmul(graph::Model& model) {
  std::map<std::string, std::string> replaced;
  graph::UniqueNames names(model);
  std::map<std::string, std::string> transposed_names;
  google::protobuf::RepeatedPtrField<onnx::NodeProto> nodes;
  for (auto& node : *model.graph().mutable_node()) {
    if (!is_linear_layer(node)) {
      *nodes.Add() = std::move(node);
      continue;
    }
    std::string b = node.input(1);
    if (graph::int_attribute(node, "transB", 0) != 0) {
      const graph::Initializer* constant = model.find_initializer(b);
      if (constant == nullptr) {
        const std::string output = names.make(b + "_Transposed");
        *nodes.Add() = graph::make_node("Transpose", {b}, {output},
                                        node.name().empty() ? "" : node.name() + "_Transpose");
        b = output;
      } else if (constant->shape.size() == 2) {
        std::string& name = transposed_names[b];
        if (name.empty()) {
          name = names.make(b + "_Transposed");
          model.set_initializer(transposed(*constant, name));
        }
        b = name;
      } else {  // not a Gemm that could run
        *nodes.Add() = std::move(node);
        continue;
      }
    }
    const bool has_bias = node.input_size() > 2 && !node.input(2).empty();
    const std::string& output = node.output(0);
    const std::string product = has_bias ? names.make(output + "_MatMul") : output;
    replaced[product] = node.name().empty() ? output : node.name();
    *nodes.Add() = graph::make_node("MatMul", {node.input(0), b}, {product},
                                    node.name().empty() ? "" : node.name() + "_MatMul");
    if (has_bias) {
      *nodes.Add() = graph::make_node("Add", {product, node.input(2)}, {output},
                                      node.name().empty() ? "" : node.name() + "_Add");
    }
  }
  model.graph().mutable_node()->Swap(&nodes);
  // A weight that only its transposed copy replaces would stay in the file as float32.
  if (!transposed_names.empty()) graph::remove_unused_initializers(model);
  return replaced;
}

}  // namespace quantbench::quantize
