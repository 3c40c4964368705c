#pragma once

#include <onnx/onnx_pb.h>

#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/text.h"
#include "quantbench/graph/model.h"

namespace quantbench::test {

/// A graph written as one node per line, "y, z = Split(x)". Nodes are named Split_0, Add_1, ... by
/// position, like the exporters of 2022.
inline onnx::GraphProto graph_of(const std::vector<std::string>& lines) {
  onnx::GraphProto graph;
  const auto names = [](std::string_view list, auto* field) {
    if (trim(list).empty()) return;
    for (const std::string& name : split(list, ',')) field->Add(std::string(trim(name)));
  };
  for (const std::string& line : lines) {
    const std::size_t equals = line.find('=');
    const std::size_t open = line.find('(', equals);
    const std::size_t close = line.rfind(')');
    onnx::NodeProto* node = graph.add_node();
    const std::string_view text = line;
    node->set_op_type(std::string(trim(text.substr(equals + 1, open - equals - 1))));
    node->set_name(node->op_type() + "_" + std::to_string(graph.node_size() - 1));
    names(text.substr(0, equals), node->mutable_output());
    names(text.substr(open + 1, close - open - 1), node->mutable_input());
  }
  return graph;
}

/// The operators of a graph, in the order of its nodes.
inline std::vector<std::string> kinds(const graph::Model& model) {
  std::vector<std::string> out;
  for (const auto& node : model.graph().node()) out.push_back(node.op_type());
  return out;
}

}  // namespace quantbench::test
