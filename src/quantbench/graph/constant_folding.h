#pragma once

#include <optional>

#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// What `node` gives when all it reads is constant: its output as an initializer. nullopt when an
/// input is not constant (a graph input can override a constant of the same name), the operator is
/// none of those that exporters leave over (Constant, Cast, Shape, Reshape, Squeeze, Unsqueeze,
/// Transpose, Concat and Gather along the first axis, Sqrt, Neg, Add, Sub, Mul, Div without
/// broadcasting but of scalars), or the inputs are not what the operator takes.
std::optional<Initializer> evaluate_constant(const Model& model, const onnx::NodeProto& node);

}  // namespace quantbench::graph
