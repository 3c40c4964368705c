#pragma once

#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// Copies a tensor inside the protobuf, such as the value of a Constant node. Throws Error for
/// external data, strings, or a payload that does not match its shape.
Initializer initializer_of(const onnx::TensorProto& tensor);

/// Sets the name, type and shape of an empty tensor; its values stay apart.
void describe(const Initializer& initializer, onnx::TensorProto& tensor);

}  // namespace quantbench::graph
