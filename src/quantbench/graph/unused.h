#pragma once

#include <string>
#include <unordered_set>

#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// Initializers that no node, subgraph or graph output reads, and those whose name a node makes.
std::unordered_set<std::string> unused_initializers(const Model& model);

/// Removes them, with their entries in the graph's inputs. Returns their number.
int remove_unused_initializers(Model& model);

}  // namespace quantbench::graph
