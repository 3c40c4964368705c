#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/measure/ratio.h"
#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// Whether a figure agrees: the difference is within the noise, beyond it, or the noise is unknown.
enum class Agreement { kAgrees, kDiffers, kUnknown };

/// The speedup of a row at one batch size and input length, in the card and measured here.
struct SpeedupPair {
  std::string row;
  Json parameters;
  std::int64_t batch_size = 0;
  std::int64_t input_length = 0;
  double their_original = 0;  ///< mean latency, ms
  double their_optimized = 0;
  double our_original = 0;
  double our_optimized = 0;
  double theirs = 0;  ///< speedup
  double ours = 0;
  /// ours / theirs with its 95 % interval. They agree if the interval contains 1.
  measure::Ratio ratio;
  Agreement agreement = Agreement::kUnknown;
};

/// Change of a metric by quantization, in the card and measured here.
struct ChangePair {
  std::string row;
  Json parameters;
  std::string metric;
  double their_original = 0;
  double our_original = 0;
  double theirs = 0;  ///< optimized minus original
  double ours = 0;
  /// Half of the 95 % interval of the difference between both changes.
  std::optional<double> noise;
  Agreement agreement = Agreement::kUnknown;
};

/// Comparison of a card with a run of the same grid.
struct Replication {
  std::vector<SpeedupPair> speedups;
  std::vector<ChangePair> changes;
  /// Differences between both: "machine: theirs ..., ours ...".
  std::vector<std::string> differences;
  /// How the intervals were computed, and rows that only one side has.
  std::vector<std::string> notes;
};

/// Number of decimals of a figure, or of latency_mean, in a card.
using Digits = std::function<int(const std::string& column)>;

/// Compares a run with the card it repeats. Rows are matched by match_rows.
///
/// Speedups are compared on a logarithmic scale. Our part of the interval is speedup_over's: the
/// differences between starts of the processes are in it where the run has several. The card's
/// part: if it measured the original once per row (July 2022), the spread of these repetitions,
/// pooled over batch sizes and lengths, is the noise of each timing; otherwise it is assumed to be
/// as large as ours. The rounding error of the card's digits is added to both.
///
/// Changes of a metric that is a mean of values from 0 to 1 (accuracy, exact match, F1) are
/// compared with the binomial standard error of all four figures, as if their samples were
/// independent. This is an upper bound, because all use the same samples (the variance of such
/// values is at most p (1 - p): Bhatia and Davis, American Mathematical Monthly 107, 2000).
///
/// Throws Error if no row of the card was run here.
Replication replication(const store::RunResult& card, const store::RunResult& run,
                        const Digits& digits);

}  // namespace quantbench::analysis
