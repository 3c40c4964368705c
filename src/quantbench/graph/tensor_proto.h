#pragma once

#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// A tensor that stands inside the protobuf (the value of a Constant node, say), copied. Throws
/// Error (external data, strings, a payload that is not of its shape).
Initializer initializer_of(const onnx::TensorProto& tensor);

}  // namespace quantbench::graph
