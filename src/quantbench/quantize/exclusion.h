#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/graph/model.h"
#include "quantbench/quantize/report.h"

namespace quantbench::quantize {

/// What a list of node_exclusion entries comes to on one graph.
struct Exclusions {
  /// Name of each node to leave in float -> the entry that took it first.
  std::map<std::string, std::string> nodes;
  /// Entry -> how many nodes it matched, in the order of the list.
  std::vector<std::pair<std::string, int>> counts;
  /// Entries that matched nothing, with the reason; nodes that cannot be excluded.
  std::vector<std::string> warnings;

  std::vector<std::string> names() const;
};

/// Resolves node_exclusion. An entry is one of
///   - the name of a pattern: layernorm, gelu, residual, gather, softmax, residual-add-relu,
///     residual-relu-conv (src/quantbench/quantize/patterns/);
///   - "layer:3" or "layer:0-2": every node of those layers (see layers.h);
///   - the name of a node;
///   - a glob over node names, with * and ?.
/// A pattern, a glob or a layer that matches nothing is a warning that says why; a plain name that
/// nothing has throws Error with the nearest name.
Exclusions resolve_exclusions(const graph::Model& model,
                              const std::vector<std::string>& node_exclusion);
/// As above, for a bare graph.
Exclusions resolve_exclusions(const onnx::GraphProto& graph,
                              const std::vector<std::string>& node_exclusion);

/// Whether an entry of node_exclusion stands for nodes that a graph either has or has not, so that
/// it is a fault where the graph lacks them: a name, or layers (also when it is a misspelt
/// pattern). Patterns and globs may match nothing.
bool names_nodes(const std::string& entry);

/// Puts into the report of a quantization which entry of node_exclusion left each node in float,
/// and the warnings.
void explain_exclusions(Report& report, const Exclusions& exclusions);

}  // namespace quantbench::quantize
