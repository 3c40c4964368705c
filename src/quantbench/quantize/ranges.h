#pragma once

#include <map>
#include <string>

namespace quantbench::quantize {

/// Calibrated range of one activation tensor: the interval to represent. The quantizer widens it to
/// include zero. `low` may be above `high`: the percentile of a tensor with one value (a
/// LayerNorm's 1e-12) is [1e-12, 0], also in onnxruntime.quantization, which widens it to [0, 0].
struct Range {
  float low = 0;
  float high = 0;
};

/// Tensor name -> range.
using Ranges = std::map<std::string, Range>;

}  // namespace quantbench::quantize
