#pragma once

#include <cstddef>
#include <string>

#include "quantbench/base/json.h"

namespace quantbench::quantize {

/// Options that can give back what a quantization costs of a figure. Whoever brings the options
/// declares them: an approach, a preset, the calibration.
struct Remedy {
  /// What goes wrong without them, a clause: "padding counts in the ranges of activations".
  std::string against;
  /// By the names of the approach's parameters; `calibration` is a map of its keys. A number is for
  /// cells that have a smaller one.
  Json options = Json::object();
  /// Among all remedies: the lowest is tried first.
  int place = 0;
  /// Number of operators that join `node_exclusion`: those that lose most when each is quantized
  /// alone.
  std::size_t worst_operators = 0;
  /// Only for machines whose u8 x s8 products saturate.
  bool for_saturating_products = false;
};

// Places of remedies: what is likely comes first.
inline constexpr int kPlaceOfSaturation = 0;
inline constexpr int kPlaceOfCalibration = 10;
inline constexpr int kPlaceOfPresets = 20;
inline constexpr int kPlaceOfWorstOperators = 30;
inline constexpr int kPlaceOfMore = 40;

}  // namespace quantbench::quantize
