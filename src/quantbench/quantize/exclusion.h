#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/graph/model.h"
#include "quantbench/quantize/report.h"

namespace quantbench::quantize {

/// The effect of a list of node_exclusion entries on one graph.
struct Exclusions {
  /// Name of each node to leave in float -> the first entry that matched it.
  std::map<std::string, std::string> nodes;
  /// Entry -> number of matched nodes, in the order of the list.
  std::vector<std::pair<std::string, int>> counts;
  /// Entries that matched nothing, with the reason, and nodes that cannot be excluded.
  std::vector<std::string> warnings;

  std::vector<std::string> names() const;
};

/// Resolves node_exclusion. An entry is one of
///   - the name of a pattern: layernorm, gelu, residual, gather, softmax, attention,
///     residual-add-relu, residual-relu-conv (src/quantbench/quantize/patterns/);
///   - "layer:3" or "layer:0-2": every node of those layers (see layers.h);
///   - the name of a node;
///   - a glob over node names, with * and ?.
/// A pattern, glob or layer that matches nothing gives a warning with the reason. An unknown node
/// name throws Error with the nearest name.
Exclusions resolve_exclusions(const graph::Model& model,
                              const std::vector<std::string>& node_exclusion);
/// The same for a bare graph.
Exclusions resolve_exclusions(const onnx::GraphProto& graph,
                              const std::vector<std::string>& node_exclusion);

/// Whether an entry of node_exclusion must match nodes of the graph: a name (also a misspelt
/// pattern) or layers. Patterns and globs may match nothing.
bool names_nodes(const std::string& entry);

/// Adds to a quantization's report the entry of node_exclusion that left each node in float, and
/// the warnings.
void explain_exclusions(Report& report, const Exclusions& exclusions);

}  // namespace quantbench::quantize
