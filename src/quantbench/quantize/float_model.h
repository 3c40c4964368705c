#pragma once

#include <onnx/onnx_pb.h>

namespace quantbench::quantize {

/// Throws Error if a node of the graph works on quantized integers (QuantizeLinear, MatMulInteger,
/// QLinearConv, ...). Quantizing a quantized model would measure neither. Names the node.
void require_float_model(const onnx::GraphProto& graph);

}  // namespace quantbench::quantize
