#pragma once

#include <map>
#include <string>
#include <vector>

#include "quantbench/base/json.h"

namespace quantbench::quantize {

/// A preset that would have quantized fewer activations of the same model.
struct PresetAdvice {
  std::string preset;
  int activations = 0;  ///< quantized without it
  int in_float = 0;     ///< of these, those that the preset leaves in float

  bool operator==(const PresetAdvice&) const = default;
};

/// Result of a quantization. From it, a row can say "nothing quantized" and list the operators that
/// stayed in float.
struct Report {
  struct Left {
    std::string node;
    std::string op_type;
    /// One sentence: "excluded by pattern 'gelu'", "both inputs are activations", ...
    std::string reason;
  };
  /// Operator -> number of nodes quantized / left in float32. Only operators with a float
  /// computation.
  std::map<std::string, int> quantized;
  std::map<std::string, int> left;
  /// Names of the quantized float nodes, as in the input graph.
  std::vector<std::string> quantized_nodes;
  std::vector<Left> left_nodes;
  /// Nodes of operators outside operators_to_quantize are counted in `left`, but not listed in
  /// left_nodes.
  int conversions_inserted =
      0;  ///< QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear, Cast added
  /// Quantized constant -> signal-to-quantization-noise ratio in dB; infinite if it is exact.
  std::map<std::string, double> weight_sqnr_db = {};
  /// Activation -> fraction of its calibration values outside its range, if calibration counted
  /// them.
  std::map<std::string, double> clipped_fraction = {};
  /// How static ranges were found: {"method", "samples" (number used), "padding" ("counted" or
  /// "left out")}; null without calibration.
  Json calibration = nullptr;
  /// What the preset filled in: {"name", "options", "calibration"}; null without one.
  Json preset = nullptr;
  std::vector<std::string> warnings;
  /// Presets that leave activations in float which were quantized here.
  std::vector<PresetAdvice> advice = {};
  /// What running the quantized model came to (calibrate/verification.h): {"inputs", "forwards",
  /// "output_sqnr_db"}; null if it was not run.
  Json verification = nullptr;

  int quantized_count() const;
  int left_count() const;
  Json to_json() const;
  static Report from_json(const Json& json);
};

}  // namespace quantbench::quantize
