#pragma once

#include <span>
#include <string>
#include <vector>

#include "quantbench/base/registry.h"
#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// A rewrite that leaves what the graph computes as it is.
class Pass {
 public:
  virtual ~Pass() = default;
  /// What it does, in a few words, for help texts.
  virtual std::string summary() const = 0;
  /// Rewrites in place; gives how many nodes (or value_infos) it changed, 0 when there is nothing
  /// for it to do. Throws Error when the graph is malformed.
  virtual int apply(Model& model) const = 0;
  /// Whether the work of other passes can make new work for it.
  virtual bool repeats() const { return true; }
};

using PassRegistry = Registry<Pass>;
void register_builtin_passes(PassRegistry& registry);
/// The registry with the built-in passes in it.
PassRegistry& passes();

/// What graph preparation runs before quantization, in this order: name_nodes, eliminate_identity,
/// fold_constants, eliminate_cast, infer_shapes.
const std::vector<std::string>& preparation_passes();

/// Applies the passes of these names in order, again until none changes anything (infer_shapes
/// and name_nodes once). Gives how many changes were made. Throws Error (unknown name, with the
/// nearest).
int apply_passes(Model& model, std::span<const std::string> names);

}  // namespace quantbench::graph
