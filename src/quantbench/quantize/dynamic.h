#pragma once

#include <string>
#include <vector>

#include "quantbench/graph/model.h"
#include "quantbench/quantize/report.h"

namespace quantbench::quantize {

/// Options of dynamic quantization, with the spec's names.
struct DynamicOptions {
  /// Operators to quantize; empty: all that the dynamic quantizer supports. Operators that only
  /// static quantization supports (Add, Softmax, ...) are accepted and stay in float. Gemm counts
  /// as the MatMul it becomes, so "MatMul" selects it.
  std::vector<std::string> operators_to_quantize = {};
  /// Names of nodes to leave in float (exact or glob). Patterns such as "gelu" must be resolved to
  /// names first.
  std::vector<std::string> nodes_to_exclude = {};
  bool per_channel = false;
  /// Weights in 7 bits, so u8 x s8 products do not overflow on CPUs without VNNI.
  bool reduce_range = false;
  /// Leave a MatMul of two activations (attention scores) in float. This is quantize_dynamic's
  /// default; optimum's "runs" of 2022 did not set it and quantized these too.
  bool matmul_const_b_only = true;
};

/// Rewrites `model` in place to dynamic int8: symmetric s8 weights, activations quantized to u8 at
/// run time. Graph rewrite and arithmetic equal onnxruntime.quantization.quantize_dynamic
/// (weight_type=QInt8) bit for bit; like it, this replaces every plain Gemm by MatMul and Add.
/// Subgraphs are unchanged. Throws Error: an unknown operator (with the nearest name), a default
/// operator set below 11 (which has no DynamicQuantizeLinear), or a model that is already
/// quantized. A weight with infinite or NaN values stays in float. An IR version below 4 becomes 4.
Report quantize_dynamic(graph::Model& model, const DynamicOptions& options);

}  // namespace quantbench::quantize
