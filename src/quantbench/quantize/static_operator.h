#pragma once

#include <onnx/onnx_pb.h>

#include <string>

#include "quantbench/base/registry.h"

namespace quantbench::quantize {

class QdqMarker;
class QOperatorWriter;

/// Static quantization of one operator, in both formats.
class StaticOperator {
 public:
  virtual ~StaticOperator() = default;

  /// Whether it is quantized if operators_to_quantize is empty (as in ONNX Runtime).
  virtual bool by_default() const { return true; }

  /// Nodes with fewer inputs are malformed; `mark` and `write` never see them.
  virtual int fewest_inputs() const { return 1; }

  /// QDQ: marks the tensors of `node` that get Q/DQ pairs. Returns the reason if the node stays in
  /// float, else "". May edit the node's attributes.
  virtual std::string mark(QdqMarker& marker, onnx::NodeProto& node) const = 0;

  /// Why the node's output must stay in float, quantized or not: between integers, ONNX Runtime
  /// fuses the node to an operator that does not do the same. "" for most.
  virtual std::string obstacle_to_fusion(const onnx::NodeProto& node) const;

  /// QOperator: writes the node's integer form. Returns the reason if the node stays in float; then
  /// nothing was written.
  virtual std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const;
};

/// QDQ form of most operators: every float tensor of the node gets a pair.
class AllTensors : public StaticOperator {
 public:
  std::string mark(QdqMarker& marker, onnx::NodeProto& node) const override;
};

/// Operators that only move values: the output has the input's scale and zero point.
class PassThrough : public StaticOperator {
 public:
  std::string mark(QdqMarker& marker, onnx::NodeProto& node) const override;
  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override;
};

/// Operators with a com.microsoft form QLinear<Kind>: (integers, scale, zero point) of each input,
/// then scale and zero point of the output. QDQ: a pair on each tensor.
class Linear : public AllTensors {
 public:
  explicit Linear(int inputs) : inputs_(inputs) {}
  int fewest_inputs() const override { return inputs_; }
  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override;

 private:
  int inputs_;
};

/// StaticOperator::obstacle_to_fusion of a node of any kind.
std::string obstacle_to_fusion(const onnx::NodeProto& node);
/// QOperator: QLinear<Kind> on the first `inputs` inputs.
std::string write_linear(QOperatorWriter& writer, const onnx::NodeProto& node, int inputs);
/// QOperator: the same node on the integers of its first input, whose scale the output uses.
void write_on_integers(QOperatorWriter& writer, const onnx::NodeProto& node);

using StaticOperatorRegistry = Registry<StaticOperator>;  // key: operator kind
void register_builtin_static_operators(StaticOperatorRegistry& registry);
/// The registry, with the built-in operators.
StaticOperatorRegistry& static_operators();

}  // namespace quantbench::quantize
