#pragma once

#include <onnx/onnx_pb.h>

#include <string>

#include "quantbench/base/registry.h"

namespace quantbench::quantize {

class QdqMarker;
class QOperatorWriter;

/// How one kind of operator is quantized statically, in both formats.
class StaticOperator {
 public:
  virtual ~StaticOperator() = default;

  /// Whether it is quantized when operators_to_quantize does not say (as ONNX Runtime has it).
  virtual bool by_default() const { return true; }

  /// Nodes with fewer inputs are malformed, and never reach `mark` or `write`.
  virtual int fewest_inputs() const { return 1; }

  /// QDQ: marks the tensors of `node` that get Q/DQ pairs. Gives the reason why the node stays in
  /// float, empty when it does not. May edit the node's attributes.
  virtual std::string mark(QdqMarker& marker, onnx::NodeProto& node) const = 0;

  /// QOperator: writes the node's integer form. Gives the reason why there is none, in which case
  /// nothing was written and the node is kept in float.
  virtual std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const;
};

/// Most operators under QDQ: every float tensor around the node gets a pair.
class AllTensors : public StaticOperator {
 public:
  std::string mark(QdqMarker& marker, onnx::NodeProto& node) const override;
};

/// Operators that move values without changing them: the output has the map of the input.
class PassThrough : public StaticOperator {
 public:
  std::string mark(QdqMarker& marker, onnx::NodeProto& node) const override;
  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override;
};

/// Operators with a form QLinear<Kind> of com.microsoft: (integers, scale, zero point) of each
/// input, then scale and zero point of the output. QDQ: a pair on each tensor.
class Linear : public AllTensors {
 public:
  explicit Linear(int inputs) : inputs_(inputs) {}
  int fewest_inputs() const override { return inputs_; }
  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override;

 private:
  int inputs_;
};

/// QOperator: QLinear<Kind> on the first `inputs` inputs.
std::string write_linear(QOperatorWriter& writer, const onnx::NodeProto& node, int inputs);
/// QOperator: the same node on the integers of its first input, whose map the output has.
void write_on_integers(QOperatorWriter& writer, const onnx::NodeProto& node);

using StaticOperatorRegistry = Registry<StaticOperator>;  // key: operator kind
void register_builtin_static_operators(StaticOperatorRegistry& registry);
/// The registry with the built-in operators in it.
StaticOperatorRegistry& static_operators();

}  // namespace quantbench::quantize
