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
  /// Whether it names nodes that have no name, for options that take names.
  virtual bool gives_names() const { return false; }
  /// Its place among the passes before quantization: lower runs first, equal ones by name.
  virtual int position() const { return kAnywhere; }

  static constexpr int kNames = 0;     ///< before passes that refer to nodes by name
  static constexpr int kRemoval = 10;  ///< leaves less work for folding
  static constexpr int kFolding = 20;
  static constexpr int kAnywhere = 30;
  static constexpr int kShapes = 40;  ///< after passes that change the graph
};

using PassRegistry = Registry<Pass>;
void register_builtin_passes(PassRegistry& registry);
/// The registry, with the built-in passes.
PassRegistry& passes();

/// Names of all passes, in the order in which they run before quantization (`position`).
std::vector<std::string> preparation_passes();

/// The passes among them that give names to nodes.
std::vector<std::string> naming_passes();

/// Applies these passes in order, and repeats until none changes anything (infer_shapes and
/// name_nodes run once). Returns the number of changes. Throws Error for an unknown name, with the
/// nearest name.
int apply_passes(Model& model, std::span<const std::string> names);

}  // namespace quantbench::graph
