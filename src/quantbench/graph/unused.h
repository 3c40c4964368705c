#pragma once

#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// Drops initializers that nothing reads (nor any subgraph, nor the graph's outputs) and those
/// whose name a node makes, with their entries among the graph's inputs. Gives how many went.
int remove_unused_initializers(Model& model);

}  // namespace quantbench::graph
