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

/// Names of the three tensors that replace a float tensor; empty for an absent optional input.
struct QuantizedValue {
  std::string values;
  std::string scale;
  std::string zero_point;
  bool per_channel = false;
};

/// Builds the dynamically quantized graph node by node, in the order of the float graph. Tracks
/// which tensors exist in eight bits, and converts a tensor if the other form is needed.
class DynamicRewriter {
 public:
  DynamicRewriter(graph::Model& model, const DynamicOptions& options);

  const graph::Model& model() const { return *model_; }
  const DynamicOptions& options() const { return options_; }
  bool is_float(const std::string& tensor) const { return types_.is_float(tensor); }
  /// A float32 constant of finite values.
  bool is_weight(const std::string& tensor) const;
  /// Why a constant cannot be a weight: its type, or infinite or NaN values. Else "".
  std::string obstacle_to_weight(const std::string& tensor) const;

  /// s8 symmetric; per channel along the last dimension if the options say so and there is more
  /// than one channel.
  WeightScheme weight_scheme(const std::string& weight) const;
  /// u8 asymmetric, like activations.
  static WeightScheme activation_scheme();

  /// Constants that are already quantized.
  void set_weight(const std::string& name, QuantizedWeight weight);

  /// The eight-bit form of a tensor; nullptr if no node made it yet.
  const QuantizedValue* find_quantized(const std::string& tensor) const;
  /// The tensor in eight bits: its existing form, the quantized constant, or the outputs of one
  /// DynamicQuantizeLinear that all readers share.
  QuantizedValue quantized(const std::string& tensor);
  /// Records that `tensor` no longer exists in float, only in eight bits.
  void replace(const std::string& tensor, QuantizedValue value);

  void add(onnx::NodeProto node);
  void add_constant(graph::Initializer constant) { model_->set_initializer(std::move(constant)); }
  /// An unused name; `wanted` if it is unused.
  std::string name(const std::string& wanted) { return names_.make(wanted); }
  /// Name for a node derived from a float node's name; empty if the float node has none.
  std::string node_name(const onnx::NodeProto& node, const std::string& suffix);

  /// Adds an integer product of two quantized tensors and the return to float:
  ///
  ///   integer_node (s32) -> Cast -> Mul -> output
  ///   a.scale, b.scale -> Mul --------^
  ///
  /// `integer_node` lacks its name and output. `node` is the float node that it replaces.
  void add_scaled(onnx::NodeProto integer_node, const onnx::NodeProto& node,
                  const QuantizedValue& a, const QuantizedValue& b, const std::string& output);

  /// Adds a node that only moves the elements of its first input. It moves their eight-bit form
  /// with its scale and zero point.
  void move_quantized(const onnx::NodeProto& node);

  /// Adds a node that stays in float, with a DequantizeLinear for each input that exists only in
  /// eight bits.
  void keep(onnx::NodeProto node);

  /// Moves the new nodes and constants into the model, and removes unused ones.
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
  mutable std::unordered_map<std::string, bool> finite_;
  std::unordered_map<std::string, QuantizedWeight> weights_;
  std::unordered_map<std::string, QuantizedValue> quantized_;    ///< instead of the float tensor
  std::unordered_map<std::string, QuantizedValue> activations_;  ///< beside the float tensor
  int conversions_ = 0;
};

}  // namespace quantbench::quantize
