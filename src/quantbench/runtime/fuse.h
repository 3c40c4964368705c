#pragma once

#include "quantbench/graph/model.h"

namespace quantbench::runtime {

/// The model after ONNX Runtime's graph optimizations up to the extended level: constants folded,
/// attention, layer normalization, GELU and the like as one operator each (domain com.microsoft
/// where the ONNX specification has none), which only ONNX Runtime runs. To quantize what the
/// runtime would fuse, rather than fuse what is quantized. Goes through a temporary file of the
/// model's size. Throws Error when ONNX Runtime does not take the model.
graph::Model fuse_operators(const graph::Model& model);

}  // namespace quantbench::runtime
