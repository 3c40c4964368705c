#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/analysis/shape.h"
#include "quantbench/measure/ratio.h"
#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// Figures of the original that a row is compared with: from the row itself (an imported card of
/// July has them row by row), else from store::original_of. Empty without an original.
const std::map<std::string, double>& original_evaluation(const store::RunResult& result,
                                                         const store::Row& row);
const std::vector<measure::Timing>& original_timings(const store::RunResult& result,
                                                     const store::Row& row);

/// What a row is: an original; a quantized model; or a model that was to be quantized, but has no
/// operator that could be, so that its figures are the original's.
enum class Kind { kOriginal, kQuantized, kNothingQuantized };
Kind kind_of(const store::Row& row);

/// One row compared with its original: the gain and the cost of quantization.
struct Comparison {
  /// Index of the original. nullopt if the run has no original, the row failed or is an original,
  /// or the row carries its original's figures (see store::Row).
  std::optional<std::size_t> baseline;
  /// Latency of the original / latency of the row with its 95 % interval (speedup_over), one per
  /// timing of the row, in the row's order; nullopt if the original was not timed at that batch
  /// size and input length.
  std::vector<std::optional<measure::Ratio>> speedups;
  /// Figure of the row minus figure of the original, by metric name.
  std::map<std::string, double> changes;
};

/// Compares every row with its original, like the cards: an unquantized row of the same framework
/// if there is one. The speedup then comes from quantization, not from another runtime.
std::vector<Comparison> compare_with_originals(const store::RunResult& result);

/// A timing of a row, with its speedup.
struct ComparedTiming {
  const measure::Timing& timing;
  std::optional<measure::Ratio> speedup;
};

/// The row's timing at that shape; nullopt if there is none. `comparison` belongs to the row and
/// must outlive the result.
std::optional<ComparedTiming> compared_timing(const store::Row& row, const Comparison& comparison,
                                              const Shape& shape);

/// Indices of the rows by rising latency at that shape; rows that were not timed there come last,
/// as they come.
std::vector<std::size_t> fastest_first(const store::RunResult& result, const Shape& shape);

}  // namespace quantbench::analysis
