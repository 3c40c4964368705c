#pragma once

#include <string>
#include <vector>

#include "quantbench/graph/model.h"
#include "quantbench/quantize/report.h"

namespace quantbench::quantize {

/// Options of dynamic quantization, named as in the spec.
struct DynamicOptions {
  /// Operator kinds; empty: every kind the dynamic quantizer knows.
  std::vector<std::string> operators_to_quantize;
  /// Names of nodes to leave in float (exact or glob); patterns such as "gelu" are resolved to
  /// names before this.
  std::vector<std::string> nodes_to_exclude;
  bool per_channel = false;
  /// Weights to 7 bits, against overflow of u8 x s8 products on CPUs without VNNI.
  bool reduce_range = false;
};

/// Rewrites `model` in place to dynamic int8: weights s8 symmetric, activations u8 quantized at run
/// time. Same graph rewrite and same arithmetic as onnxruntime.quantization.quantize_dynamic
/// (weight_type=QInt8), bit for bit. Throws Error (unknown operator kind, with the nearest one).
Report quantize_dynamic(graph::Model& model, const DynamicOptions& options);

}  // namespace quantbench::quantize
