#pragma once

#include <set>
#include <span>
#include <string>

#include "quantbench/graph/model.h"

namespace quantbench::calibrate {

/// Lets a runtime's observer see `tensors` (runtime::Observer): index i is tensors[i].
///
/// Before:   A -> x -> B
/// After:    A -> x -> B
///                x -> quantbench.Observe (index) -> graph output "x_observed"
///
/// The observing node is put right behind the node that makes the tensor. Throws Error when the
/// graph has no such tensor.
void add_observers(graph::Model& model, std::span<const std::string> tensors);

/// Tensors that are computed from this graph input and from no other (sizes of tensors aside): the
/// extended attention mask, say.
std::set<std::string> made_only_from(const graph::Model& model, const std::string& input);

}  // namespace quantbench::calibrate
