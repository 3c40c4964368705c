#pragma once

#include <string>
#include <vector>

#include "quantbench/graph/model.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/quantize/ranges.h"

namespace quantbench::calibrate {

/// An operator with a quantized twin in the graph.
struct Twin {
  std::string node;
  std::string op_type;
  /// Graph outputs, float: sums of squares along the last axis, one per token (and head), of the
  /// operator's output and of its difference from the twin's output.
  std::string signal;
  std::string noise;
};

/// Adds a quantized twin of every node of `nodes` (names of single-output nodes).
///
/// Before:   x -> MatMul (w) -> y
/// After:    x -> MatMul (w) -> y -> ReduceSumSquare -> graph output "signal"
///           x -> Q -> DQ -> MatMul (w through Q/DQ) -> Q -> DQ -> y'     (QDQ)
///           x -> Q -> QLinearMatMul (w) -> DQ -> y'                      (QOperator)
///           y - y' -> ReduceSumSquare -> graph output "noise"
///
/// The twin is what the approach makes of the node alone with these options. A node that stays in
/// float gets no twin. Throws Error like Approach::quantize.
std::vector<Twin> add_twins(graph::Model& model, const std::vector<std::string>& nodes,
                            const quantize::Ranges& ranges, const quantize::Approach& approach,
                            const Json& options);

}  // namespace quantbench::calibrate
