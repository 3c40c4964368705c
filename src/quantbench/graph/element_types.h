#pragma once

#include <string>
#include <unordered_map>

#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// Element type of every tensor whose type is known: declared types (inputs, outputs, value_info,
/// initializers), and types that follow from them node by node. Needs neither shapes nor operator
/// schemas, so it works for any operator set. An unknown operator is assumed to give the type of
/// its first input, as most do. Where the body of an If, Loop or Scan does not declare the types of
/// its outputs, they follow from its nodes. Tensors missing in the result have unknown types.
class ElementTypes {
 public:
  explicit ElementTypes(const Model& model);
  /// Of a body that `caller` runs; it also reads the tensors around the node. `around` outlives it.
  ElementTypes(const onnx::GraphProto& body, const onnx::NodeProto& caller,
               const ElementTypes& around);

  /// onnx::TensorProto::UNDEFINED if unknown.
  int of(const std::string& tensor) const;
  bool is_float(const std::string& tensor) const { return of(tensor) == onnx::TensorProto::FLOAT; }

 private:
  /// Does nothing if the type is unknown; the first one told stays.
  void tell(const std::string& tensor, int type);
  void tell_declared(const onnx::GraphProto& graph);
  void walk(const onnx::GraphProto& graph);
  void walk_bodies(const onnx::NodeProto& node);

  std::unordered_map<std::string, int> types_;
  const ElementTypes* around_ = nullptr;
};

}  // namespace quantbench::graph
