#pragma once

#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// Turns weights that the graph holds or computes in nodes, or as sparse initializers, into
/// initializers:
///
///   Constant -> w -> MatMul             =>    w among the initializers
///   W -> Transpose -> Wt -> MatMul      =>    Wt among the initializers
///   W (float16) -> Cast -> Wf -> MatMul =>    Wf among the initializers
///
/// Some exporters write weights in this way (Paddle, spox, tools that halve a file), and quantizers
/// only know initializers. Folds as the pass fold_constants does, if at least one float32 tensor of
/// more than one element comes of it; else the graph stays as it is. Returns the number of folded
/// nodes and sparse initializers.
int fold_hidden_weights(Model& model);

}  // namespace quantbench::graph
