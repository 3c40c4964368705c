#pragma once

#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// Turns weights that the graph holds or computes in nodes into initializers:
///
///   Constant -> w -> MatMul;   W -> Transpose -> Wt -> MatMul    =>    w, Wt among the
///   initializers
///
/// Some exporters write weights in this way (Paddle, spox), and quantizers only know initializers.
/// Folds as the pass fold_constants does, if at least one float32 tensor of more than one element
/// comes of it; else the graph stays as it is. Returns the number of folded nodes.
int fold_hidden_weights(Model& model);

}  // namespace quantbench::graph
