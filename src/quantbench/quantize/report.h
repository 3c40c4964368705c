#pragma once

#include <map>
#include <string>
#include <vector>

#include "quantbench/base/json.h"

namespace quantbench::quantize {

/// What a quantization did and did not do, so that a row can say "nothing quantized" and name what
/// stayed in float.
struct Report {
  struct Left {
    std::string node;
    std::string op_type;
    /// One sentence: "excluded by pattern 'gelu'", "both inputs are activations", ...
    std::string reason;
  };
  /// Operator kind -> number of nodes quantized / left in float32 (only kinds that have a float
  /// compute).
  std::map<std::string, int> quantized;
  std::map<std::string, int> left;
  /// Names of the float nodes that were quantized (names as in the input graph).
  std::vector<std::string> quantized_nodes;
  std::vector<Left> left_nodes;
  /// Nodes of operator kinds nobody asked to quantize are counted in `left` but not listed in
  /// left_nodes.
  int conversions_inserted =
      0;  ///< QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear, Cast added
  /// Quantized constant -> signal to quantization noise in dB, infinite when nothing was lost.
  std::map<std::string, double> weight_sqnr_db = {};
  /// Activation -> fraction of its calibration values outside the range it was given; only where
  /// calibration counted them.
  std::map<std::string, double> clipped_fraction = {};
  /// How static ranges were found: {"method", "samples" (that counted), "padding" ("counted" or
  /// "left out")}; null when nothing was calibrated.
  Json calibration = nullptr;
  std::vector<std::string> warnings;

  int quantized_count() const;
  int left_count() const;
  Json to_json() const;
  static Report from_json(const Json& json);
};

}  // namespace quantbench::quantize
