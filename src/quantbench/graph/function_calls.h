#pragma once

#include <onnx/onnx_pb.h>

namespace quantbench::graph {

/// Most nodes of a graph once the model's own functions stand where they are called. Forty
/// functions that call the next one twice make 2^40 of a file of kilobytes.
inline constexpr double kMaxInlinedNodes = 1e7;

/// Throws Error for a model of more, or with a function that calls itself.
void require_few_inlined_nodes(const onnx::ModelProto& model);

}  // namespace quantbench::graph
