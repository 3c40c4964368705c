#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "quantbench/measure/ratio.h"
#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// 97.5 % point of the normal distribution.
inline constexpr double kTwoSided95 = 1.959963984540054;

/// What quantization changed of a figure.
struct Change {
  double before = 0;  ///< the original's figure
  double after = 0;   ///< the row's
  /// 95 % interval of after - before, in the figure's unit; nullopt where the noise is not known.
  std::optional<measure::Ratio::Interval> interval;
  /// Whether the interval compares both models sample by sample. Otherwise it takes their samples
  /// for independent, and is wider than it had to be.
  bool paired = false;

  double value() const { return after - before; }
};

/// The change of a figure of a quantized row; nullopt when row or original lacks it.
///
/// Both are evaluated on the same samples. Where it is kept which samples were right (accuracy,
/// exact match), the interval is the adjusted Wald interval of a difference of paired proportions:
/// with one pair added to each kind of disagreement (Bonett and Price, Journal of Educational and
/// Behavioral Statistics 37, 2012). For another share of the samples (F1) it is the normal
/// approximation for independent samples with the largest variance that such a mean can have
/// (Bhatia and Davis, American Mathematical Monthly 107, 2000), an upper bound. Errors and
/// correlations have no interval.
std::optional<Change> change_of(const store::RunResult& result, const store::Row& row,
                                const std::string& figure);

}  // namespace quantbench::analysis
