#pragma once

#include "quantbench/graph/model.h"

namespace quantbench::runtime {

/// The model after ONNX Runtime's graph optimizations up to the extended level. Constants are
/// folded. Attention, layer normalization, GELU and others become one operator each; operators that
/// the ONNX specification does not have are in the domain com.microsoft, and only ONNX Runtime runs
/// them. Use this to quantize the fused operators. Writes a temporary file of the model's size.
/// Throws Error if ONNX Runtime refuses the model.
graph::Model fuse_operators(const graph::Model& model);

}  // namespace quantbench::runtime
