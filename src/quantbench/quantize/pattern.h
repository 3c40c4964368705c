#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/registry.h"
#include "quantbench/graph/index.h"

namespace quantbench::quantize {

/// The nodes of one place where a pattern was found.
using Occurrence = std::vector<const onnx::NodeProto*>;

/// A small subgraph that is worth leaving in float: an entry of node_exclusion names it.
class Pattern {
 public:
  virtual ~Pattern() = default;
  /// What an occurrence is, as part of a sentence: "an Add that feeds a Softmax".
  virtual std::string summary() const = 0;
  /// Operator kinds without which there is no occurrence.
  virtual std::vector<std::string> operators() const = 0;
  /// Kinds of operator that the subgraph is when written as one node; they are not matched, but
  /// explain why nothing is.
  virtual std::vector<std::string> fused_forms() const { return {}; }
  /// All occurrences, in graph order of their last node; they may share nodes.
  virtual std::vector<Occurrence> find(const graph::Index& index) const = 0;
};

using PatternRegistry = Registry<Pattern>;
void register_builtin_patterns(PatternRegistry& registry);
/// The registry with the built-in patterns in it.
PatternRegistry& patterns();

/// One step up a path: the operator kind expected above.
struct Step {
  std::string_view op_type;
  /// Which input of the node below it must come from; any when negative (commutative operators).
  int input = -1;
};

/// Follows `steps` from `last` towards the graph's inputs. The nodes passed, topmost first and
/// `last` at the end; empty when there is no such path.
Occurrence match_path(const graph::Index& index, const onnx::NodeProto& last,
                      std::initializer_list<Step> steps);

/// Path pattern: occurrences end in a node of kind `last`.
std::vector<Occurrence> find_paths(const graph::Index& index, std::string_view last,
                                   std::initializer_list<Step> steps);

/// "a B fed by an A": leaves every node of kind `op_type` that has a node of kind `producer` above
/// it. The reference looks at each tensor's last reader only; here every reader counts.
std::unique_ptr<const Pattern> fed_by(std::string op_type, std::string producer);
/// "an A that feeds a B": leaves every node of kind `op_type` that a node of kind `consumer` reads.
std::unique_ptr<const Pattern> feeds(std::string op_type, std::string consumer);

}  // namespace quantbench::quantize
