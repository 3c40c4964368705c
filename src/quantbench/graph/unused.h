#pragma once

#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// Removes initializers that no node, subgraph or graph output reads, and those whose name a node
/// makes, with their entries in the graph's inputs. Returns the number of removed initializers.
int remove_unused_initializers(Model& model);

}  // namespace quantbench::graph
