#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "quantbench/graph/edit.h"
#include "quantbench/graph/element_types.h"
#include "quantbench/graph/model.h"
#include "quantbench/quantize/dynamic.h"
#include "quantbench/quantize/weights.h"

namespace quantbench::quantize {

/// Names of the three tensors that stand for a float one; empty for an absent optional input.
struct QuantizedValue {
  std::string values;
  std::string scale;
  std::string zero_point;
  bool per_channel = false;
};

/// Builds the dynamically quantized graph node by node, in the order of the float graph: keeps
/// which tensors exist in eight bits, and converts where one is needed in the other form.
class DynamicRewriter {
 public:
  DynamicRewriter(graph::Model& model, const DynamicOptions& options);

  const graph::Model& model() const { return *model_; }
  const DynamicOptions& options() const { return options_; }
  bool is_float(const std::string& tensor) const { return types_.is_float(tensor); }
  /// A float32 constant.
  bool is_weight(const std::string& tensor) const;

  /// s8 symmetric; per channel along the last dimension when the options ask for it and there is
  /// more than one.
  WeightScheme weight_scheme(const std::string& weight) const;
  /// u8 asymmetric, as activations are.
  static WeightScheme activation_scheme();

  /// Quantized constants, made beforehand.
  void set_weight(const std::string& name, QuantizedWeight weight);

  /// The eight-bit form that a tensor already has; nullptr when it has none (yet).
  const QuantizedValue* find_quantized(const std::string& tensor) const;
  /// The tensor in eight bits: the form it already has, the quantized constant, or the outputs of a
  /// DynamicQuantizeLinear that is added once and shared by all who read the tensor.
  QuantizedValue quantized(const std::string& tensor);
  /// Says that `tensor` itself is no longer made, only its eight-bit form.
  void replace(const std::string& tensor, QuantizedValue value);

  void add(onnx::NodeProto node);
  void add_constant(graph::Initializer constant) { model_->set_initializer(std::move(constant)); }
  /// A name nobody has; `wanted` if it is free.
  std::string name(const std::string& wanted) { return names_.make(wanted); }
  /// Name for a node derived from a float node's; none when that has none.
  std::string node_name(const onnx::NodeProto& node, const std::string& suffix);

  /// Adds an integer product of two quantized tensors and the return to float:
  ///
  ///   integer_node (s32) -> Cast -> Mul -> output
  ///   a.scale, b.scale -> Mul --------^
  ///
  /// `integer_node` lacks its name and output; `node` is the float node it stands for.
  void add_scaled(onnx::NodeProto integer_node, const onnx::NodeProto& node,
                  const QuantizedValue& a, const QuantizedValue& b, const std::string& output);

  /// Adds a node that moves the elements of its first input and computes nothing: it moves their
  /// eight-bit form, with its scale and zero point, instead.
  void move_quantized(const onnx::NodeProto& node);

  /// Adds a node that stays in float, with a DequantizeLinear before it for each input that only
  /// exists in eight bits.
  void keep(onnx::NodeProto node);

  /// Puts the new nodes and constants into the model and drops what nothing reads any more.
  void finish();

  int conversions() const { return conversions_; }

 private:
  void dequantize(const std::string& tensor);

  graph::Model* model_;
  DynamicOptions options_;
  graph::ElementTypes types_;
  graph::UniqueNames names_;
  google::protobuf::RepeatedPtrField<onnx::NodeProto> nodes_;
  std::unordered_set<std::string> made_;  ///< outputs of nodes_
  std::unordered_map<std::string, QuantizedWeight> weights_;
  std::unordered_map<std::string, QuantizedValue> quantized_;    ///< instead of the float tensor
  std::unordered_map<std::string, QuantizedValue> activations_;  ///< beside the float tensor
  int conversions_ = 0;
};

}  // namespace quantbench::quantize
