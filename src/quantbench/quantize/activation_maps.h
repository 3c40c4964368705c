#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "quantbench/graph/wiring.h"
#include "quantbench/quantize/static.h"

namespace quantbench::quantize {

/// Adjusts calibrated ranges for the `selected` nodes. The output of a Softmax is [0, 1]. The input
/// of a Relu or Clip without other readers gets the range of its output, because values outside are
/// cut off.
Ranges adjusted_ranges(const Ranges& ranges, const onnx::GraphProto& graph,
                       const graph::Wiring& wiring,
                       const std::function<bool(const onnx::NodeProto&)>& selected);

/// How an activation is quantized.
struct ActivationScheme {
  QuantType type = QuantType::kInt8;
  bool symmetric = false;
};

/// The scheme of an activation under the options; `products`: see product_activations.
ActivationScheme activation_scheme(const std::string& tensor, const StaticOptions& options,
                                   const std::set<std::string>& products);

/// Scale and zero point of every range under the options. Throws Error naming the tensor if a range
/// is not finite.
std::map<std::string, Affine> activation_maps(const Ranges& ranges, const StaticOptions& options,
                                              const std::set<std::string>& products);

}  // namespace quantbench::quantize
