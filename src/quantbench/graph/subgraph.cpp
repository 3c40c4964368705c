#include "quantbench/graph/subgraph.h"

namespace quantbench::graph {

namespace {

void collect_free_names(const onnx::GraphProto& graph, std::set<std::string>& out) {
  std::set<std::string> used;
  std::set<std::string> made;
  for (const auto& input : graph.input()) made.insert(input.name());
  for (const auto& initializer : graph.initializer()) made.insert(initializer.name());
  for (const auto& initializer : graph.sparse_initializer()) {
    made.insert(initializer.values().name());
  }
  for (const auto& node : graph.node()) {
    used.insert(node.input().begin(), node.input().end());
    used.merge(captured_names(node));
    made.insert(node.output().begin(), node.output().end());
  }
  for (const auto& output : graph.output()) used.insert(output.name());
  for (const std::string& name : used) {
    if (!name.empty() && made.find(name) == made.end()) out.insert(name);
  }
}

}  // namespace

std::set<std::string> captured_names(const onnx::NodeProto& node) {
  std::set<std::string> out;
  for (const auto& attribute : node.attribute()) {
    if (attribute.has_g()) collect_free_names(attribute.g(), out);
    for (const auto& graph : attribute.graphs()) collect_free_names(graph, out);
  }
  return out;
}

}  // namespace quantbench::graph
