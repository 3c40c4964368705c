#pragma once

#include <onnx/onnx_pb.h>

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace quantbench::graph {

/// Who makes and who reads each tensor of a graph, kept up to date while the graph is rewired
/// through it (Index is the read-only snapshot). Names that subgraphs capture count as reads of the
/// node that holds them; they are never renamed.
class Wiring {
 public:
  explicit Wiring(onnx::GraphProto& graph);

  /// nullptr for graph inputs, initializers and names nobody makes.
  onnx::NodeProto* producer(const std::string& tensor) const;
  /// Nodes that read `tensor`, once for each input that does.
  const std::vector<onnx::NodeProto*>& readers(const std::string& tensor) const;
  bool is_graph_input(const std::string& tensor) const { return inputs_.count(tensor) != 0; }
  bool is_graph_output(const std::string& tensor) const { return outputs_.count(tensor) != 0; }

  /// Appends a node. Pointers to nodes stay valid.
  onnx::NodeProto& add(onnx::NodeProto node);
  /// All nodes that read `tensor` read `replacement` instead.
  void replace_reads(const std::string& tensor, const std::string& replacement);
  /// The same for one node.
  void replace_reads_of(onnx::NodeProto& node, const std::string& tensor,
                        const std::string& replacement);
  /// The node that makes `tensor` makes `name` instead; readers stay as they are.
  void rename_made(const std::string& tensor, const std::string& name);
  /// Takes a node that only passes its first input on out of the graph:
  ///
  ///   x -> node -> y ->    =>    x ->
  ///
  /// Where y is an output of the graph, what makes x makes y instead. False, and nothing changed,
  /// where names that must stay are in the way: y is an output and x an input, a constant or an
  /// output too; or a subgraph captures the name that would go.
  bool bypass(onnx::NodeProto& node);
  /// Takes a node out of the wiring; it leaves the graph with `drop_removed`.
  void remove(onnx::NodeProto& node);
  /// Deletes the removed nodes. Ends the use of pointers to nodes.
  void drop_removed();

 private:
  void enter(onnx::NodeProto& node);
  bool captured(const std::string& tensor) const;

  onnx::GraphProto& graph_;
  std::unordered_map<std::string, onnx::NodeProto*> producers_;
  std::unordered_map<std::string, std::vector<onnx::NodeProto*>> readers_;
  std::unordered_set<std::string> inputs_;
  std::unordered_set<std::string> outputs_;
  std::unordered_set<const onnx::NodeProto*> removed_;
};

}  // namespace quantbench::graph
