#include "quantbench/graph/unused.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include "quantbench/graph/subgraph.h"

namespace quantbench::graph {

int remove_unused_initializers(Model& model) {
  onnx::GraphProto& graph = model.graph();
  std::unordered_set<std::string> needed;
  for (const auto& output : graph.output()) needed.insert(output.name());
  for (const auto& node : graph.node()) {
    needed.insert(node.input().begin(), node.input().end());
    for (const std::string& name : captured_names(node)) needed.insert(name);
  }
  for (const auto& node : graph.node()) {
    for (const std::string& output : node.output()) needed.erase(output);
  }
  std::unordered_set<std::string> removed;
  for (const std::string& name : model.initializer_names()) {
    if (!needed.contains(name)) removed.insert(name);
  }
  model.remove_initializers(removed);
  auto& inputs = *graph.mutable_input();
  const auto kept = std::stable_partition(
      inputs.pointer_begin(), inputs.pointer_end(),
      [&](const onnx::ValueInfoProto* input) { return removed.count(input->name()) == 0; });
  const auto first = static_cast<int>(kept - inputs.pointer_begin());
  inputs.DeleteSubrange(first, inputs.size() - first);
  return static_cast<int>(removed.size());
}

}  // namespace quantbench::graph
