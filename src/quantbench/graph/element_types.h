#pragma once

#include <string>
#include <unordered_map>

#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// Element type of every tensor that can be told: declared ones (inputs, outputs, value_info,
/// initializers), and what follows from them node by node. Reads no shapes and needs no operator
/// schema, so it works for any operator set; an operator it does not know is taken to give the type
/// of its first input, as most do. Tensors missing from the result are of unknown type.
class ElementTypes {
 public:
  explicit ElementTypes(const Model& model);

  /// onnx::TensorProto::UNDEFINED when unknown.
  int of(const std::string& tensor) const;
  bool is_float(const std::string& tensor) const { return of(tensor) == onnx::TensorProto::FLOAT; }

 private:
  std::unordered_map<std::string, int> types_;
};

}  // namespace quantbench::graph
