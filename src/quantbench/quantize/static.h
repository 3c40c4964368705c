#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/graph/model.h"
#include "quantbench/quantize/affine.h"
#include "quantbench/quantize/ranges.h"
#include "quantbench/quantize/report.h"

namespace quantbench::quantize {

/// How a quantized model is written. QDQ: float operators between QuantizeLinear and
/// DequantizeLinear nodes, which the runtime fuses. QOperator: operators on integers (QLinearMatMul
/// and the like).
enum class QuantFormat { kQdq, kQOperator };

/// Options of static quantization. The defaults are the reference's (optimum's runs); the approach
/// has uint8 activations by default (static_options). Names of onnxruntime.quantization are in
/// brackets.
struct StaticOptions {
  QuantFormat format = QuantFormat::kQdq;
  QuantType activation_type = QuantType::kInt8;
  QuantType weight_type = QuantType::kInt8;
  /// [ActivationSymmetric]
  bool activation_symmetric = false;
  /// QDQ: both inputs of a MatMul of two activations (attention), where such MatMuls alone read
  /// them. nullopt: activation_type, activation_symmetric.
  std::optional<QuantType> product_activation_type = std::nullopt;
  std::optional<bool> product_activation_symmetric = std::nullopt;
  /// [WeightSymmetric]; nullopt: symmetric when weights are s8, asymmetric when u8. Per-channel
  /// weights of QDQ are always symmetric, since the fused operators want equal zero points.
  std::optional<bool> weight_symmetric = std::nullopt;
  bool per_channel = false;
  /// Axis of the channels by operator kind, where it is not the operator's own
  /// [QDQOpTypePerChannelSupportToAxis].
  std::map<std::string, std::int64_t> per_channel_axis = {{"MatMul", 1}};
  /// Constants to 7 bits, against overflow of u8 x s8 products on CPUs without VNNI.
  bool reduce_range = false;
  /// Operator kinds; empty: every kind that is quantized by default (see static_operator.h).
  std::vector<std::string> operators_to_quantize = {};
  /// Entries as resolve_exclusions takes them: patterns, nodes, globs, layers.
  std::vector<std::string> node_exclusion = {};
  /// Outputs of quantized operators; false: only their inputs (QDQ). An operator that only moves
  /// values then stays in float, except for Gather and Split with a quantized input.
  bool quantize_outputs = true;
  /// Biases of Gemm, Conv and LayerNormalization to int32 (QDQ) [QuantizeBias].
  bool quantize_bias = true;
  /// A Q/DQ pair for each reader of a tensor instead of one for all [DedicatedQDQPair].
  bool dedicated_qdq_pair = false;
  /// Constants stay in float behind a Q/DQ pair [AddQDQPairToWeight].
  bool add_qdq_pair_to_weight = false;
  /// Operators that pass values through (Reshape, MaxPool ...) are quantized although their input
  /// is not [ForceQuantizeNoInputCheck].
  bool force_quantize_no_input_check = false;
  /// Relu and Clip stay although the quantization of their output does their work
  /// [QDQKeepRemovableActivations].
  bool keep_removable_activations = false;
  /// MatMul only with a constant B [MatMulConstBOnly, which its QDQ format ignores].
  bool matmul_const_b_only = false;
  /// Kinds whose outputs stay in float (QDQ) [OpTypesToExcludeOutputQuantization].
  std::vector<std::string> operators_with_float_output = {};
};

/// From the values of the static approach's parameters, by name; missing ones have their defaults.
StaticOptions static_options(const Json& options);
Json to_json(const StaticOptions& options);

/// The activations whose ranges `quantize_static` will ask for with these options, in graph order.
std::vector<std::string> tensors_to_calibrate(const graph::Model& model,
                                              const StaticOptions& options);

/// The activations whose ranges quantizing each operator alone asks for, in graph order: every
/// float tensor that a quantized operator reads or makes. (In the whole model an operator that only
/// moves values shares the range of its input.)
std::vector<std::string> tensors_to_calibrate_each(const graph::Model& model,
                                                   const StaticOptions& options);

/// The activations with the type of product_activation_type and product_activation_symmetric.
std::set<std::string> product_activations(const graph::Model& model, const StaticOptions& options);

/// Rewrites `model` in place to static int8. Placement, names, scales, zero points and integers
/// equal onnxruntime.quantization.quantize_static of ONNX Runtime 1.32 with the same ranges;
/// docs/quantization.md lists the differences. An IR version below 4 becomes 4 (see
/// graph::normalize); operator sets are kept; com.microsoft is imported if its operators are used.
/// An activation without a range stays in float, with a warning.
///
/// Throws Error: unknown operator kind or exclusion (with the nearest name), an operator set below
/// 10, a model that is quantized already.
Report quantize_static(graph::Model& model, const Ranges& ranges, const StaticOptions& options);

}  // namespace quantbench::quantize
