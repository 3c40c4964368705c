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
/// The observing node is between the tensor and its consumers, because runtimes order nodes only by
/// data dependencies. On a branch of its own it might run last, when the tensor has left the caches
/// and all others are still in memory for their observers. If no node of the graph itself consumes
/// the tensor (a graph output, or a tensor used in a subgraph), the node's flag becomes a graph
/// output. Throws Error if the graph has no such tensor.
void add_observers(graph::Model& model, std::span<const std::string> tensors);

/// Tensors that are computed from this graph input only (apart from sizes of tensors), for example
/// the extended attention mask.
std::set<std::string> made_only_from(const graph::Model& model, const std::string& input);

}  // namespace quantbench::calibrate
