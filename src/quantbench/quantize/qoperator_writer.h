#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "quantbench/graph/edit.h"
#include "quantbench/graph/element_types.h"
#include "quantbench/graph/model.h"
#include "quantbench/quantize/static.h"
#include "quantbench/quantize/weights.h"

namespace quantbench::quantize {

/// A tensor in its integer form: names of the integers, their scale and zero point.
struct IntegerTensor {
  std::string values;
  std::string scale;
  std::string zero_point;
  /// Constants by channel.
  std::optional<std::int64_t> axis = std::nullopt;
};

/// Writes the QOperator format: walks the nodes in graph order into a new list, in which operators
/// on integers replace float ones; a tensor is quantized where it is first needed as integers and
/// dequantized where a float node needs it.
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
  /// Whether all readers of `tensor` are one node and the graph does not give it out.
  bool has_one_reader(const std::string& tensor) const;

  /// Why the inputs of an operator on integers have no integer form, or the output (when given)
  /// cannot get one; empty when nothing is in the way.
  std::string obstacle(const std::vector<std::string>& inputs,
                       const std::optional<std::string>& output = std::nullopt) const;
  /// The same for a product with a bias (x, weight, bias) -> y; empty when there is none.
  std::string obstacle_to_product(const onnx::NodeProto& node) const;
  /// The integer form a node above left; nullptr when there is none.
  const IntegerTensor* find(const std::string& tensor) const;
  /// Integer form of an input; emits a QuantizeLinear node where needed. Call only without
  /// obstacle. "" gives empty names.
  IntegerTensor activation(const std::string& tensor);
  /// As `activation`, but constants become weights; by channel along `axis` where given.
  IntegerTensor weight(const std::string& tensor, bool reduce_range,
                       std::optional<std::int64_t> axis,
                       std::optional<QuantType> type = std::nullopt);
  /// int32 with scale input scale * weight scale * beta; widens the weight's scale where the bias
  /// would not fit. Name of the integers; nullopt when no scale fits.
  std::optional<std::string> bias(const std::string& tensor, const std::string& input,
                                  const std::string& weight, float beta = 1);
  /// Integer form of an output under its calibrated map, or a fixed one; emits nothing.
  IntegerTensor output(const std::string& tensor, std::optional<Affine> fixed = std::nullopt);
  /// `tensor` on the map of another (the value a Pad pads with). Name of the integers.
  std::string quantize_like(const std::string& tensor, const IntegerTensor& like);
  /// A name for integers that have the map of another tensor: `tensor` + `suffix`, made unique.
  std::string derived(const std::string& tensor, const std::string& suffix = "_quantized");
  /// `tensor` has this integer form from here on.
  void set(const std::string& tensor, IntegerTensor integers);

  /// Adds a node of the integer form.
  void emit(onnx::NodeProto node);
  /// Adds a float node as it is, after DequantizeLinear nodes for the inputs that need them.
  void keep(const onnx::NodeProto& node);
  /// Dequantizes graph outputs and moves the new nodes into the model.
  void finish();

  /// A com.microsoft node with the attributes of `node`, named after it.
  static onnx::NodeProto integer_node(const onnx::NodeProto& node, const std::string& op_type,
                                      const std::vector<std::string>& inputs,
                                      const std::vector<std::string>& outputs,
                                      const std::string& domain = "com.microsoft");
  /// The common form QLinear<Kind>(x, scale, zero point, ..., output scale, output zero point);
  /// marks the output as written.
  void emit_linear(const onnx::NodeProto& node, const std::vector<std::string>& inputs,
                   std::optional<Affine> fixed_output = std::nullopt);

 private:
  std::string obstacle_to_constant(const std::string& tensor) const;
  std::string obstacle_to_range(const std::string& tensor) const;
  IntegerTensor store_weight(const std::string& tensor, QuantType type, bool reduce_range,
                             std::optional<std::int64_t> axis);
  std::string add_constant(graph::Initializer constant);
  void dequantize(const std::string& tensor);
  void widen_weight(const std::string& weight, const graph::Initializer& bias, float input_scale);
  std::vector<float> scales(const std::string& name) const;

  struct StoredWeight {
    WeightScheme scheme;
    std::vector<Affine> maps;
    IntegerTensor integers;
  };

  graph::Model& model_;
  const graph::ElementTypes& types_;
  const StaticOptions& options_;
  const std::map<std::string, Affine>& maps_;
  Report& report_;
  graph::UniqueNames names_;
  std::vector<onnx::NodeProto> nodes_;
  std::unordered_map<std::string, IntegerTensor> integers_;
  std::unordered_map<std::string, StoredWeight> weights_;
  /// Tensors that exist in float in the new list.
  std::unordered_set<std::string> in_float_;
  std::unordered_map<std::string, int> readers_;
};

}  // namespace quantbench::quantize
