#pragma once

#include <set>
#include <span>
#include <string>

#include "quantbench/graph/model.h"

namespace quantbench::calibrate {

/// Lets a runtime's observer see `tensors` (runtime::Observer): index i is tensors[i].
///
/// Before:   A -> x -> B
/// After:    A -> x -> quantbench.Observe (index) -> "x_observed" -> B
///
/// The observing node stands between the tensor and its consumers, since runtimes order nodes by
/// need only: as a branch of its own it may run last, when the tensor has long left the caches and
/// all others are still held for their observers. A tensor that no node of the graph itself
/// consumes (a graph output, one used in a subgraph) gets the node's flag as a graph output. Throws
/// Error when the graph has no such tensor.
void add_observers(graph::Model& model, std::span<const std::string> tensors);

/// Tensors that are computed from this graph input and from no other (sizes of tensors aside): the
/// extended attention mask, say.
std::set<std::string> made_only_from(const graph::Model& model, const std::string& input);

}  // namespace quantbench::calibrate
