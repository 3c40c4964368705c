#include "quantbench/graph/unused.h"

#include "quantbench/graph/subgraph.h"

namespace quantbench::graph {

std::unordered_set<std::string> unused_initializers(const Model& model) {
  const onnx::GraphProto& graph = model.graph();
  std::unordered_set<std::string> needed;
  for (const auto& output : graph.output()) needed.insert(output.name());
  for (const auto& node : graph.node()) {
    needed.insert(node.input().begin(), node.input().end());
    for (const std::string& name : captured_names(node)) needed.insert(name);
  }
  for (const auto& node : graph.node()) {
    for (const std::string& output : node.output()) needed.erase(output);
  }
  std::unordered_set<std::string> unused;
  for (const std::string& name : model.initializer_names()) {
    if (!needed.contains(name)) unused.insert(name);
  }
  return unused;
}

int remove_unused_initializers(Model& model) {
  const std::unordered_set<std::string> unused = unused_initializers(model);
  model.remove_initializers(unused);
  return static_cast<int>(unused.size());
}

}  // namespace quantbench::graph
