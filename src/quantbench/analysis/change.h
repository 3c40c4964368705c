#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "quantbench/measure/ratio.h"
#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// What quantization changed of a figure.
struct Change {
  double before = 0;  ///< the original's figure
  double after = 0;   ///< the row's
  /// 95 % interval of after - before, in the figure's unit; nullopt where the noise is not known.
  std::optional<measure::Ratio::Interval> interval;
  /// Whether the interval compares both models sample by sample. Otherwise it takes their samples
  /// for independent, and is rough.
  bool paired = false;

  double value() const { return after - before; }
};

/// The change of a figure of a quantized row; nullopt when row or original lacks it.
///
/// Both are evaluated on the same samples. Where it is kept what each sample adds to the figure,
/// the interval is paired (see paired_interval): accuracy, exact match, precision, recall and F1,
/// of classes, chunks and words, with every average. It is nullopt where the figure divides by 0.
///
/// A card or a result of an older version does not have the samples. The interval is then the
/// normal approximation for independent samples with the largest variance that a mean of values
/// between 0 and 100 points can have (Bhatia and Davis, American Mathematical Monthly 107, 2000).
/// It is an upper bound for means over the samples, and rough for precision, recall and F1 of a
/// rare class. Errors and correlations have no interval.
std::optional<Change> change_of(const store::RunResult& result, const store::Row& row,
                                const std::string& figure);

}  // namespace quantbench::analysis
