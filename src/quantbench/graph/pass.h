#pragma once

#include <span>
#include <string>
#include <vector>

#include "quantbench/base/registry.h"
#include "quantbench/graph/constant_folding.h"
#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// What passes share that are applied together: what one may still cost does not begin anew with
/// each round.
struct PassContext {
  explicit PassContext(const Model& model) : folding(model) {}
  FoldingBudget folding;
};

/// A rewrite that does not change the graph's results.
class Pass {
 public:
  virtual ~Pass() = default;
  /// A short description for help texts.
  virtual std::string summary() const = 0;
  /// Rewrites in place. Returns the number of changed nodes (or value_infos); 0 if there is nothing
  /// to do. Throws Error if the graph is malformed.
  virtual int apply(Model& model, PassContext& context) const = 0;
  /// Whether other passes can make new work for this one.
  virtual bool repeats() const { return true; }
};

using PassRegistry = Registry<Pass>;
void register_builtin_passes(PassRegistry& registry);
/// The registry, with the built-in passes.
PassRegistry& passes();

/// Default passes before quantization, in this order: name_nodes, eliminate_identity,
/// fold_constants, eliminate_cast, infer_shapes.
const std::vector<std::string>& preparation_passes();

/// Applies these passes in order, and repeats until none changes anything (infer_shapes and
/// name_nodes run once). Returns the number of changes. Throws Error for an unknown name, with the
/// nearest name.
int apply_passes(Model& model, std::span<const std::string> names);

}  // namespace quantbench::graph
