#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/measure/ratio.h"
#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// Whether a figure came out again: the two lie apart by no more than noise allows, by more, or the
/// noise is not known.
enum class Agreement { kAgrees, kDiffers, kUnknown };

/// The speedup of a row at one batch size and input length, in the card and here.
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
  /// ours / theirs with its 95 % interval, which holds 1 when they agree.
  measure::Ratio ratio;
  Agreement agreement = Agreement::kUnknown;
};

/// What quantization changed of a metric, in the card and here.
struct ChangePair {
  std::string row;
  Json parameters;
  std::string metric;
  double their_original = 0;
  double our_original = 0;
  double theirs = 0;  ///< optimized minus original
  double ours = 0;
  /// Half the 95 % interval of the difference of the two changes.
  std::optional<double> noise;
  Agreement agreement = Agreement::kUnknown;
};

/// A card's figures beside those of a run of the same grid.
struct Replication {
  std::vector<SpeedupPair> speedups;
  std::vector<ChangePair> changes;
  /// What was not the same: "machine: theirs ..., ours ...".
  std::vector<std::string> differences;
  /// How the intervals came about, and rows of one side alone.
  std::vector<std::string> notes;
};

/// Digits after the point that a card gives of a figure, or of latency_mean.
using Digits = std::function<int(const std::string& column)>;

/// Puts a run beside the card it repeats; rows are matched as match_rows does.
///
/// Speedups are compared on a logarithmic scale. Our part of the interval is
/// measure::latency_ratio's of original and row. The card's part: where it measured the original
/// once a row (July 2022), the spread of those repetitions, pooled over its batch sizes and
/// lengths, is the noise of each of its timings; else it is taken to be as large as ours. To both
/// comes what rounding to the card's digits hides.
///
/// Changes of a metric that is a mean of values between 0 and 1 (accuracy, exact match, F1) are
/// compared with the binomial standard error of all four figures as if their samples were
/// independent, an upper bound of the noise when, as here, all are of the same samples (the
/// variance of such values is at most p (1 - p): Bhatia and Davis, American Mathematical Monthly
/// 107, 2000).
///
/// Throws Error when no row of the card was run here.
Replication replication(const store::RunResult& card, const store::RunResult& run,
                        const Digits& digits);

}  // namespace quantbench::analysis
