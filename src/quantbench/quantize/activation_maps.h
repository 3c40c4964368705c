#pragma once

#include <functional>
#include <map>
#include <string>

#include "quantbench/graph/wiring.h"
#include "quantbench/quantize/static.h"

namespace quantbench::quantize {

/// Calibrated ranges as quantization uses them, where `selected` nodes say so: the output of a
/// Softmax is [0, 1]; the input of a Relu or Clip, when nothing else reads it, has the range of
/// the output, since what lies outside is cut off anyway.
Ranges adjusted_ranges(const Ranges& ranges, const onnx::GraphProto& graph,
                       const graph::Wiring& wiring,
                       const std::function<bool(const onnx::NodeProto&)>& selected);

/// The maps of all ranges under the options. Throws Error (a range that is not finite), naming the
/// tensor.
std::map<std::string, Affine> activation_maps(const Ranges& ranges, const StaticOptions& options);

}  // namespace quantbench::quantize
