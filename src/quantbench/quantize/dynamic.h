#pragma once

#include <string>
#include <vector>

#include "quantbench/graph/model.h"
#include "quantbench/quantize/report.h"

namespace quantbench::quantize {

/// Options of dynamic quantization, named as in the spec.
struct DynamicOptions {
  /// Operator kinds; empty: every kind the dynamic quantizer knows. Kinds that only static
  /// quantization knows (Add, Softmax, ...) are accepted and stay in float. Gemm is quantized as
  /// the MatMul it is made of, hence with "MatMul".
  std::vector<std::string> operators_to_quantize = {};
  /// Names of nodes to leave in float (exact or glob); patterns such as "gelu" are resolved to
  /// names before this.
  std::vector<std::string> nodes_to_exclude = {};
  bool per_channel = false;
  /// Weights to 7 bits, against overflow of u8 x s8 products on CPUs without VNNI.
  bool reduce_range = false;
  /// Leave a MatMul of two activations (attention scores) in float. quantize_dynamic does so by
  /// default; optimum's "runs" of 2022, which set no such option, quantized those too.
  bool matmul_const_b_only = true;
};

/// Rewrites `model` in place to dynamic int8: weights s8 symmetric, activations u8 quantized at run
/// time. Same graph rewrite and same arithmetic as onnxruntime.quantization.quantize_dynamic
/// (weight_type=QInt8), bit for bit, which replaces every plain Gemm by MatMul and Add whatever is
/// quantized. Subgraphs stay as they are. Throws Error (unknown operator kind, with the nearest
/// one; a default operator set below 11, which has no DynamicQuantizeLinear; a weight with values
/// that are not finite; a model that is quantized already).
Report quantize_dynamic(graph::Model& model, const DynamicOptions& options);

}  // namespace quantbench::quantize
