#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/registry.h"
#include "quantbench/graph/index.h"

namespace quantbench::quantize {

/// The nodes of one occurrence of a pattern.
using Occurrence = std::vector<const onnx::NodeProto*>;

/// A small subgraph to leave in float, selected by an entry of node_exclusion.
class Pattern {
 public:
  virtual ~Pattern() = default;
  /// Description of an occurrence, as part of a sentence: "an Add that feeds a Softmax".
  virtual std::string summary() const = 0;
  /// Operators that every occurrence contains.
  virtual std::vector<std::string> operators() const = 0;
  /// Operators that compute the same subgraph in one node. They do not match, but explain why
  /// nothing matches.
  virtual std::vector<std::string> fused_forms() const { return {}; }
  /// All occurrences, in graph order of their last node. They may share nodes.
  virtual std::vector<Occurrence> find(const graph::Index& index) const = 0;
};

using PatternRegistry = Registry<Pattern>;
void register_builtin_patterns(PatternRegistry& registry);
/// The registry, with the built-in patterns.
PatternRegistry& patterns();

/// One step up a path: the operator expected there.
struct Step {
  std::string_view op_type;
  /// The input of the node below that it must feed; negative: any (commutative operators).
  int input = -1;
};

/// Follows `steps` from `last` towards the graph's inputs. Returns the nodes passed, topmost first,
/// ending with `last`; empty if there is no such path.
Occurrence match_path(const graph::Index& index, const onnx::NodeProto& last,
                      std::initializer_list<Step> steps);

/// Path pattern: occurrences end in a node `last`.
std::vector<Occurrence> find_paths(const graph::Index& index, std::string_view last,
                                   std::initializer_list<Step> steps);

/// "a B fed by an A": matches every `op_type` node with a `producer` node above it. The reference
/// looks only at each tensor's last reader; here every reader counts.
std::unique_ptr<const Pattern> fed_by(std::string op_type, std::string producer);
/// "an A that feeds a B": matches every `op_type` node that a `consumer` node reads.
std::unique_ptr<const Pattern> feeds(std::string op_type, std::string consumer);

}  // namespace quantbench::quantize
