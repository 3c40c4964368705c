#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "quantbench/graph/element_types.h"
#include "quantbench/graph/model.h"
#include "quantbench/graph/wiring.h"
#include "quantbench/quantize/bias.h"
#include "quantbench/quantize/static.h"

namespace quantbench::quantize {

/// A tensor to quantize.
struct QdqMark {
  std::string tensor;
  /// Constants: quantized as a weight or as an activation.
  bool is_weight = false;
  /// Weights: one scale per slice along this dimension.
  std::optional<std::int64_t> axis;
  /// Tensor whose scale and zero point this one uses; empty: its own.
  std::string shares;
  /// Only products of two activations marked it.
  bool is_product = false;
};

/// A bias to quantize to int32 (see bias.h).
struct QdqBias {
  onnx::NodeProto* node = nullptr;
  std::string bias;
  std::string input;
  std::string weight;
  GemmFactors factors = {};
};

/// First half of the QDQ format: operators mark the tensors to quantize, node by node in graph
/// order. Nothing is inserted yet, so later nodes can remove marks.
class QdqMarker {
 public:
  /// `maps`: of the tensors with a known range; nullptr: every tensor has one (when planning a
  /// calibration).
  QdqMarker(graph::Wiring& wiring, const graph::Model& model, const graph::ElementTypes& types,
            const StaticOptions& options, const std::map<std::string, Affine>* maps)
      : wiring_(wiring), model_(model), types_(types), options_(options), maps_(maps) {}

  const StaticOptions& options() const { return options_; }
  std::int64_t opset() const { return model_.opset(); }
  const graph::Model& model() const { return model_; }
  bool is_constant(const std::string& tensor) const;
  bool is_float_constant(const std::string& tensor) const;
  /// Whether an earlier node marked the tensor.
  bool is_marked(const std::string& tensor) const;
  /// Whether outputs of this operator are quantized (quantize_outputs,
  /// operators_with_float_output).
  bool marks_outputs(const onnx::NodeProto& node) const;
  /// The reason that an operator without marked outputs stays in float.
  std::string float_outputs() const;
  /// The channel axis of a constant under the options; nullopt: one scale for the tensor.
  /// `op_type`: the operator to look up in per_channel_axis, if it applies.
  std::optional<std::int64_t> channel_axis(const std::string& tensor, std::int64_t usual,
                                           const std::string& op_type = {});

  /// Why an activation or constant cannot be marked: it has no range, or values that are not
  /// finite; `otherwise` if neither is so.
  std::string obstacle(const std::string& tensor, const std::string& otherwise) const;

  /// No node may mark this tensor from now on.
  void keep_in_float(const std::string& tensor, std::string why);

  // Marks. They return false and mark nothing if the tensor is not float32, or has an obstacle.
  bool activation(const std::string& tensor);
  /// An input of a product of two activations.
  bool product_activation(const std::string& tensor);
  bool weight(const std::string& tensor, std::optional<std::int64_t> axis);
  /// `output` uses scale and zero point of `input`.
  bool like_input(const std::string& output, const std::string& input);
  void bias(onnx::NodeProto& node, const std::string& bias, const std::string& input,
            const std::string& weight, GemmFactors factors = {});
  /// Marks all inputs and outputs as activations, as most operators do. Returns the reason if the
  /// node stays in float.
  std::string all_of(const onnx::NodeProto& node);
  /// Marks the output like the input, if the input is quantized or must be. For operators that only
  /// move values. Returns the reason if the node stays in float.
  std::string pass_through(const onnx::NodeProto& node);

  /// Removes a node (Relu, Clip) that cuts values to [low, high], if the quantization of its output
  /// does that too. The node above then makes its output. False if it does not, if the input has
  /// other readers, or if a subgraph reads the output.
  bool absorb(onnx::NodeProto& node, float low, float high);
  /// Whether quantization does the work of the node that made this tensor: nothing may read it
  /// before.
  bool is_absorbed(const std::string& tensor) const { return absorbed_.count(tensor) != 0; }

  /// In the order of the first mark.
  std::vector<QdqMark> marks() const;
  const std::vector<QdqBias>& biases() const { return biases_; }
  /// Readers of each tensor among the quantized nodes, for dedicated_qdq_pair.
  const std::vector<onnx::NodeProto*>& quantized_readers(const std::string& tensor) const;
  void note_quantized(onnx::NodeProto& node);
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  bool quantizable(const std::string& tensor);
  bool has_range(const std::string& tensor) const;
  QdqMark& mark(const std::string& tensor);
  void warn(std::string text);

  graph::Wiring& wiring_;
  const graph::Model& model_;
  const graph::ElementTypes& types_;
  const StaticOptions& options_;
  const std::map<std::string, Affine>* maps_;
  std::vector<std::optional<QdqMark>> marks_;  // empty: removed
  std::unordered_map<std::string, std::size_t> positions_;
  std::vector<QdqBias> biases_;
  std::unordered_set<std::string> bias_names_;
  std::unordered_map<std::string, std::vector<onnx::NodeProto*>> quantized_readers_;
  std::unordered_map<std::string, bool> finite_;
  std::unordered_set<std::string> absorbed_;
  std::unordered_set<std::string> of_two_axes_;
  std::unordered_map<std::string, std::string> in_float_;  ///< tensor -> why
  std::vector<std::string> warnings_;
};

}  // namespace quantbench::quantize
