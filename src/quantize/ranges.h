#pragma once

#include <map>
#include <string>

namespace quantbench::quantize {

/// What calibration found for one activation tensor: the interval that quantization must represent.
/// `low` is not above `high`; neither need include zero (the quantizer widens them).
struct Range {
  float low = 0;
  float high = 0;
};

/// Tensor name -> range.
using Ranges = std::map<std::string, Range>;

}  // namespace quantbench::quantize
