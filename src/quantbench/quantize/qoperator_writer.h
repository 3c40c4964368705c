#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "quantbench/graph/edit.h"
#include "quantbench/graph/element_types.h"
#include "quantbench/graph/model.h"
#include "quantbench/quantize/bias.h"
#include "quantbench/quantize/static.h"
#include "quantbench/quantize/weights.h"

namespace quantbench::quantize {

/// Integer form of a tensor: names of the integers, their scale and zero point.
struct IntegerTensor {
  std::string values;
  std::string scale;
  std::string zero_point;
  /// Constants with one scale per channel.
  std::optional<std::int64_t> axis = std::nullopt;
};

/// Writes the QOperator format: goes through the nodes in graph order and makes a new list, in
/// which integer operators replace float ones. A tensor is quantized before its first integer
/// reader, and dequantized before float readers.
class QOperatorWriter {
 public:
  QOperatorWriter(graph::Model& model, const graph::ElementTypes& types,
                  const StaticOptions& options, const std::map<std::string, Affine>& maps,
                  Report& report);

  const StaticOptions& options() const { return options_; }
  std::int64_t opset() const { return model_.opset(); }
  bool is_constant(const std::string& tensor) const;
  bool is_float(const std::string& tensor) const { return types_.is_float(tensor); }
  const graph::Initializer* constant(const std::string& tensor) const;
  /// Whether one node is the only reader of `tensor`, and the graph does not return it.
  bool has_one_reader(const std::string& tensor) const;

  /// Why the inputs of an integer operator have no integer form, or why the output (if given)
  /// cannot get one; empty if both can.
  std::string obstacle(const std::vector<std::string>& inputs,
                       const std::optional<std::string>& output = std::nullopt) const;
  /// The same for a product with a bias (x, weight, bias) -> y.
  std::string obstacle_to_product(const onnx::NodeProto& node) const;
  /// Whether the integer form of an activation expresses no value outside [low, high].
  bool stays_within(const IntegerTensor& tensor, float low, float high) const;
  /// Whether the integers can hold this number, to about half a step.
  bool holds(const IntegerTensor& tensor, float number) const;
  /// The integer form that an earlier node made; nullptr if no node made it.
  const IntegerTensor* find(const std::string& tensor) const;
  /// Integer form of an input. Adds a QuantizeLinear node if needed. Call only if there is no
  /// obstacle. "" gives empty names.
  IntegerTensor activation(const std::string& tensor);
  /// Like `activation`, but constants become weights, per channel along `axis` if given.
  IntegerTensor weight(const std::string& tensor, bool reduce_range,
                       std::optional<std::int64_t> axis,
                       std::optional<QuantType> type = std::nullopt);
  /// int32 (see bias.h). Widens the weight's scale if the bias would not fit. Returns the name of
  /// the integers; nullopt if no scale fits.
  std::optional<std::string> bias(const std::string& tensor, const std::string& input,
                                  const std::string& weight, GemmFactors factors = {});
  /// Integer form of an output with its calibrated scale, or with a fixed one. Adds nothing.
  IntegerTensor output(const std::string& tensor, std::optional<Affine> fixed = std::nullopt);
  /// `tensor` with the scale of another (the value that a Pad inserts). Returns the name of the
  /// integers.
  std::string quantize_like(const std::string& tensor, const IntegerTensor& like);
  /// A name for integers with the scale of another tensor: `tensor` + `suffix`, made unique.
  std::string derived(const std::string& tensor, const std::string& suffix = "_quantized");
  /// From here on, `tensor` has this integer form.
  void set(const std::string& tensor, IntegerTensor integers);

  /// Adds an integer node.
  void emit(onnx::NodeProto node);
  /// Adds an unchanged float node, after DequantizeLinear nodes for the inputs that need them.
  void keep(const onnx::NodeProto& node);
  /// Dequantizes graph outputs and moves the new nodes into the model.
  void finish();

  /// A com.microsoft node with the attributes of `node` and a name derived from it.
  static onnx::NodeProto integer_node(const onnx::NodeProto& node, const std::string& op_type,
                                      const std::vector<std::string>& inputs,
                                      const std::vector<std::string>& outputs,
                                      const std::string& domain = "com.microsoft");
  /// The common form QLinear<Kind>(x, scale, zero point, ..., output scale, output zero point).
  /// Marks the output as written.
  void emit_linear(const onnx::NodeProto& node, const std::vector<std::string>& inputs,
                   std::optional<Affine> fixed_output = std::nullopt);

  /// No node may read or make this tensor as integers from now on.
  void keep_in_float(const std::string& tensor, std::string why);

 private:
  struct StoredWeight {
    WeightScheme scheme;
    std::vector<Affine> maps;
    IntegerTensor integers;
  };

  std::string obstacle_to_constant(const std::string& tensor) const;
  std::string obstacle_to_range(const std::string& tensor) const;
  /// nullopt if it has several scales, or they are computed.
  std::optional<std::pair<Affine, Limits>> map_of(const IntegerTensor& tensor) const;
  /// Quantizes a constant and adds the parts to the model.
  StoredWeight quantized_constant(const std::string& tensor, QuantType type, bool reduce_range,
                                  std::optional<std::int64_t> axis);
  /// A constant with one scale, for an operator that cannot read what a product reads channel by
  /// channel.
  IntegerTensor whole(const std::string& tensor);
  IntegerTensor store_weight(const std::string& tensor, QuantType type, bool reduce_range,
                             std::optional<std::int64_t> axis);
  std::string add_constant(graph::Initializer constant);
  void dequantize(const std::string& tensor);
  void widen_weight(const std::string& weight, const graph::Initializer& bias, float input_scale,
                    GemmFactors factors);
  std::vector<float> scales(const std::string& name) const;

  graph::Model& model_;
  const graph::ElementTypes& types_;
  const StaticOptions& options_;
  const std::map<std::string, Affine>& maps_;
  Report& report_;
  graph::UniqueNames names_;
  std::vector<onnx::NodeProto> nodes_;
  std::unordered_map<std::string, IntegerTensor> integers_;
  std::unordered_map<std::string, StoredWeight> weights_;
  std::unordered_map<std::string, IntegerTensor> whole_;
  std::map<std::string, std::string> kept_in_float_;  ///< tensor -> why
  /// Tensors that exist in float in the new list.
  std::unordered_set<std::string> in_float_;
  std::unordered_map<std::string, int> readers_;
};

}  // namespace quantbench::quantize
