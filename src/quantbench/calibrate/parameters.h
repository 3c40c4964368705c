#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/base/parameter.h"
#include "quantbench/calibrate/calibrate.h"
#include "quantbench/quantize/remedy.h"

namespace quantbench::calibrate {

/// What the samples of a batch are padded to.
enum class Padding {
  kMaxLength,  ///< the tokenizer's model_max_length, as the reference
  kLongest,    ///< the longest of the batch
  kMasked      ///< kLongest, and padding kept out of the statistics
};

/// The spec's `calibration`, and the flags of the same names.
struct Calibration {
  std::string method = calibrators().default_name();
  std::int64_t num_calibration_samples = 128;
  Padding calibration_padding = Padding::kMaxLength;
  bool mask_padding = false;
  /// nullopt: the method's usual one, under `protocol: reference` kAllAtOnce.
  std::optional<Collection> collection;
  /// Tokens that kMaxLength stands for; nullopt: the tokenizer's.
  std::optional<std::int64_t> max_length;
  double least_token_sqnr = kLeastTokenSqnr;
  /// The method and the values of its parameters.
  Method calibrator;

  /// How to collect, with or without `protocol: reference`.
  Collection collection_with(bool reference) const;
  /// Padding stays out of the statistics.
  bool skips_padding() const { return mask_padding || calibration_padding == Padding::kMasked; }
};

/// The keys of `calibration`: those above and what the calibrators declare.
Parameters calibration_parameters();

/// Which of its keys can give back accuracy.
std::vector<quantize::Remedy> calibration_remedies();

/// From the values of these parameters, which were checked. Missing ones have their defaults.
Calibration calibration_from(const Json& values);

/// How to collect, with or without `protocol: reference`.
Options options_of(const Calibration& calibration, bool reference);

/// {"method": "percentile", "calibration_histogram_percentile": 99.9, ...} and back.
Json to_json(const Method& method);
Method method_from_json(const Json& json);

}  // namespace quantbench::calibrate
