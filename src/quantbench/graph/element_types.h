#pragma once

#include <string>
#include <unordered_map>

#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// Element type of every tensor whose type is known: declared types (inputs, outputs, value_info,
/// initializers), and types that follow from them node by node. Needs neither shapes nor operator
/// schemas, so it works for any operator set. An unknown operator is assumed to give the type of
/// its first input, as most do. Tensors missing in the result have unknown types.
class ElementTypes {
 public:
  explicit ElementTypes(const Model& model);

  /// onnx::TensorProto::UNDEFINED if unknown.
  int of(const std::string& tensor) const;
  bool is_float(const std::string& tensor) const { return of(tensor) == onnx::TensorProto::FLOAT; }

 private:
  std::unordered_map<std::string, int> types_;
};

}  // namespace quantbench::graph
