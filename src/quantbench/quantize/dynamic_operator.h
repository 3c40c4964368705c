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

/// Dynamic quantization of one operator. Each operator is one file in quantize/dynamic_operators/.
class DynamicOperator {
 public:
  virtual ~DynamicOperator() = default;

  /// Domain of the operator. ONNX Runtime's own operators are in "com.microsoft".
  virtual std::string domain() const { return ""; }

  /// Number of inputs that every such node has. A node with fewer is malformed and stays unchanged.
  virtual int fewest_inputs() const = 0;

  /// Why this node stays in float, in a few words ("both inputs are activations"); empty if it can
  /// be quantized. Called before any node is rewritten, and again just before this one is.
  virtual std::string reason_to_leave(const DynamicRewriter& rewriter,
                                      const onnx::NodeProto& node) const = 0;

  /// The constants that it reads in eight bits. If several nodes read a constant, the first of them
  /// decides how it is quantized.
  virtual std::vector<WeightUse> weights(const DynamicRewriter& rewriter,
                                         const onnx::NodeProto& node) const = 0;

  /// Adds the nodes that replace `node`, and leaves nothing else behind.
  virtual void rewrite(DynamicRewriter& rewriter, const onnx::NodeProto& node) const = 0;
};

using DynamicOperatorRegistry = Registry<DynamicOperator>;  // key: op_type
void register_builtin_dynamic_operators(DynamicOperatorRegistry& registry);
DynamicOperatorRegistry& dynamic_operators();

}  // namespace quantbench::quantize
