#pragma once

#include <onnx/onnx_pb.h>

#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace quantbench::graph {

/// Producer and consumers of each tensor in a graph, in constant time. A snapshot: it does not
/// follow later edits of the graph and must not outlive it.
class Index {
 public:
  explicit Index(const onnx::GraphProto& graph);

  const onnx::GraphProto& graph() const { return *graph_; }
  /// The node with `tensor` among its outputs; nullptr for graph inputs, initializers and unknown
  /// names.
  const onnx::NodeProto* producer(std::string_view tensor) const;
  /// The nodes that read `tensor`, in graph order: once per input that reads it, and once per node
  /// whose subgraphs capture it.
  const std::vector<const onnx::NodeProto*>& consumers(std::string_view tensor) const;
  bool is_graph_input(std::string_view tensor) const { return contains(inputs_, tensor); }
  bool is_graph_output(std::string_view tensor) const { return contains(outputs_, tensor); }

 private:
  // The keys are views of strings in the graph and in captured_.
  using Names = std::unordered_set<std::string_view>;
  static bool contains(const Names& names, std::string_view name) {
    return names.find(name) != names.end();
  }

  const onnx::GraphProto* graph_;
  std::deque<std::set<std::string>> captured_;
  std::unordered_map<std::string_view, const onnx::NodeProto*> producers_;
  std::unordered_map<std::string_view, std::vector<const onnx::NodeProto*>> consumers_;
  Names inputs_;
  Names outputs_;
};

}  // namespace quantbench::graph
