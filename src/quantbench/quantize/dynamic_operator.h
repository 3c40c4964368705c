#pragma once

#include <string>
#include <vector>

#include "quantbench/base/registry.h"
#include "quantbench/quantize/dynamic_rewriter.h"
#include "quantbench/quantize/weights.h"

namespace quantbench::quantize {

/// A constant that a node reads in eight bits.
struct WeightUse {
  std::string name;
  WeightScheme scheme;
};

/// How one operator kind is quantized dynamically. One file a kind in quantize/dynamic_operators/.
class DynamicOperator {
 public:
  virtual ~DynamicOperator() = default;

  /// Domain of the operator; kinds of ONNX Runtime's own are in "com.microsoft".
  virtual std::string domain() const { return ""; }

  /// Inputs that every node of the kind has; a node with fewer is malformed and left alone.
  virtual int fewest_inputs() const = 0;

  /// Why this node stays in float, in a few words ("both inputs are activations"); empty when it
  /// can be quantized. Asked before any node is rewritten, and again just before this one is.
  virtual std::string reason_to_leave(const DynamicRewriter& rewriter,
                                      const onnx::NodeProto& node) const = 0;

  /// The constants it reads in eight bits. A constant that several nodes read is quantized as the
  /// first of them has it.
  virtual std::vector<WeightUse> weights(const DynamicRewriter& rewriter,
                                         const onnx::NodeProto& node) const = 0;

  /// Adds the nodes that stand for `node`, and returns nothing of it behind.
  virtual void rewrite(DynamicRewriter& rewriter, const onnx::NodeProto& node) const = 0;
};

using DynamicOperatorRegistry = Registry<DynamicOperator>;  // key: op_type
void register_builtin_dynamic_operators(DynamicOperatorRegistry& registry);
DynamicOperatorRegistry& dynamic_operators();

}  // namespace quantbench::quantize
