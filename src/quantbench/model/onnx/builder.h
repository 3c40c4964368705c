#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "quantbench/graph/model.h"

namespace quantbench::model {

/// An attribute of a node: FLOAT, INT, INTS or STRING.
struct Attribute {
  std::string name;
  std::variant<float, std::int64_t, std::vector<std::int64_t>, std::string> value;
};

/// Builds an ONNX graph node by node, like the TorchScript exporter of 2022 (torch 1.12):
/// - node names are operator and running number ("MatMul_12"); constants count too
/// - parameters are initializers under their own names; other constants are Constant nodes
///
/// Hides the differences between operator sets 11 to 17 (axes as attribute or as input). Every
/// method returns the name of the new tensor.
class OnnxBuilder {
 public:
  /// Throws Error unless the operator set is 11 to 17.
  OnnxBuilder(int opset, const std::string& graph_name);

  /// Dimensions are sizes, or names if they are dynamic ("batch", "sequence").
  using Dimensions = std::vector<std::variant<std::int64_t, std::string>>;
  std::string input(const std::string& name, onnx::TensorProto::DataType type,
                    const Dimensions& dimensions);
  /// Makes `tensor` a float output of the graph, with the name `name`.
  void output(const std::string& name, const std::string& tensor, const Dimensions& dimensions);

  /// A node with one output.
  std::string node(const std::string& op_type, const std::vector<std::string>& inputs,
                   const std::vector<Attribute>& attributes = {});
  std::vector<std::string> node_with_outputs(const std::string& op_type, std::size_t outputs,
                                             const std::vector<std::string>& inputs,
                                             const std::vector<Attribute>& attributes = {});

  /// Constant nodes, scalar or one-dimensional.
  std::string constant(float value);
  std::string constant(std::int64_t value);
  std::string constant(const std::vector<std::int64_t>& values);

  /// Adds an initializer, unless the name exists (layers may share a weight).
  std::string initializer(graph::Initializer initializer);
  bool has_initializer(const std::string& name) const;

  // Operators whose form depends on the operator set.
  std::string unsqueeze(const std::string& x, std::int64_t axis);
  std::string squeeze(const std::string& x, std::int64_t axis);
  std::vector<std::string> split(const std::string& x, const std::vector<std::int64_t>& sizes,
                                 std::int64_t axis);
  /// Softmax along the last axis of a tensor with this rank.
  std::string softmax(const std::string& x, int rank);

  std::string transpose(const std::string& x, const std::vector<std::int64_t>& permutation);

  // Node sequences that the exporter wrote for one call.
  /// x.size(axis) as a scalar: Shape, Constant, Gather.
  std::string dimension(const std::string& x, std::int64_t axis);
  /// x.view(...). Each part is a number or a scalar tensor (from `dimension`). Nodes: Unsqueeze,
  /// Concat, Reshape.
  using Part = std::variant<std::int64_t, std::string>;
  std::string reshape(const std::string& x, const std::vector<Part>& shape);
  /// The shape as a one-dimensional tensor.
  std::string shape(const std::vector<Part>& parts);

  int opset() const { return opset_; }
  graph::Model finish() &&;

 private:
  std::string next_name(const std::string& op_type);
  std::string constant_node(onnx::TensorProto tensor);

  int opset_;
  int next_index_ = 0;
  graph::Model model_;
};

}  // namespace quantbench::model
