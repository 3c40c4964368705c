#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace quantbench::graph {

/// Producer and consumers of each tensor in a graph, kept up to date while the graph is rewired
/// through this object (Index is the read-only snapshot). A name that a subgraph captures counts as
/// a read of the subgraph's node. Captured names are never renamed.
///
/// Rewiring all nodes takes time linear in the size of the graph, also where all of them read the
/// same tensor. For one thread: looking up readers tidies their list.
class Wiring {
 public:
  explicit Wiring(onnx::GraphProto& graph);

  /// nullptr for graph inputs, initializers and unknown names.
  onnx::NodeProto* producer(const std::string& tensor) const;
  /// Nodes that read `tensor`, once per input that reads it.
  const std::vector<onnx::NodeProto*>& readers(const std::string& tensor) const;
  bool is_graph_input(const std::string& tensor) const { return inputs_.count(tensor) != 0; }
  bool is_graph_output(const std::string& tensor) const { return outputs_.count(tensor) != 0; }
  /// Whether a subgraph of a node reads it.
  bool captured(const std::string& tensor) const { return captured_.count(tensor) != 0; }

  /// Appends a node. Pointers to nodes stay valid.
  onnx::NodeProto& add(onnx::NodeProto node);
  /// Makes all readers of `tensor` read `replacement` instead.
  void replace_reads(const std::string& tensor, const std::string& replacement);
  /// The same for one node.
  void replace_reads_of(onnx::NodeProto& node, const std::string& tensor,
                        const std::string& replacement);
  /// Makes the producer of `tensor` produce `name` instead. Readers are unchanged.
  void rename_made(const std::string& tensor, const std::string& name);
  /// Removes a node that only passes on its first input:
  ///
  ///   x -> node -> y ->    =>    x ->
  ///
  /// If y is an output of the graph, the producer of x makes y instead. Returns false and changes
  /// nothing if a name must stay: y is an output and x is an input, a constant or an output too; or
  /// a subgraph captures the name to remove.
  bool bypass(onnx::NodeProto& node);
  /// Removes a node from the wiring. `drop_removed` removes it from the graph.
  void remove(onnx::NodeProto& node);
  /// Deletes the removed nodes. Pointers to nodes become invalid.
  void drop_removed();

 private:
  /// The reads of a tensor in the order in which they came.
  struct Readers {
    void add(onnx::NodeProto* node, int input);
    /// The first read of the node no longer counts.
    void drop(const onnx::NodeProto* node) { ++gone[node]; }
    /// Takes out, in one go, what no longer counts.
    void settle();

    std::vector<onnx::NodeProto*> nodes;
    std::vector<int> inputs;  ///< which input of the node reads; kCaptured: its subgraph does
    std::unordered_map<const onnx::NodeProto*, std::size_t> gone;
  };
  static constexpr int kCaptured = -1;

  void enter(onnx::NodeProto& node);

  onnx::GraphProto& graph_;
  std::unordered_map<std::string, onnx::NodeProto*> producers_;
  mutable std::unordered_map<std::string, Readers> readers_;
  std::unordered_set<std::string> captured_;
  std::unordered_set<std::string> inputs_;
  std::unordered_set<std::string> outputs_;
  std::unordered_set<const onnx::NodeProto*> removed_;
};

}  // namespace quantbench::graph
