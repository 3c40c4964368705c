#include "quantbench/graph/index.h"

#include "quantbench/graph/subgraph.h"

namespace quantbench::graph {

Index::Index(const onnx::GraphProto& graph) : graph_(&graph) {
  for (const onnx::NodeProto& node : graph.node()) {
    for (const std::string& output : node.output()) {
      if (!output.empty()) producers_.emplace(output, &node);
    }
    for (const std::string& input : node.input()) {
      if (!input.empty()) consumers_[input].push_back(&node);
    }
    captured_.push_back(captured_names(node));
    for (const std::string& name : captured_.back()) consumers_[name].push_back(&node);
  }
  for (const auto& input : graph.input()) inputs_.insert(input.name());
  for (const auto& output : graph.output()) outputs_.insert(output.name());
}

const onnx::NodeProto* Index::producer(std::string_view tensor) const {
  const auto found = producers_.find(tensor);
  return found == producers_.end() ? nullptr : found->second;
}

const std::vector<const onnx::NodeProto*>& Index::consumers(std::string_view tensor) const {
  static const std::vector<const onnx::NodeProto*> none;
  const auto found = consumers_.find(tensor);
  return found == consumers_.end() ? none : found->second;
}

}  // namespace quantbench::graph
