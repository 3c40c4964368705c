#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/analysis/allowance.h"
#include "quantbench/analysis/streams.h"
#include "quantbench/measure/ratio.h"
#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// Default of Thresholds and OriginalLimits: one point of a metric.
inline constexpr Allowance kOnePoint{.amount = 0.01, .relative = false};

/// Thresholds for regressions of the second run.
struct Thresholds {
  /// A latency regressed if it grew by more than this share and the interval of its ratio does not
  /// contain 1 ("5%" and "0.05" are the same).
  Allowance max_latency_regression{.amount = 0.05, .relative = true};
  /// A metric that got worse by more than this is one. An amount counts on a scale from 0 to 1 for
  /// every figure that has points: 0.01 is one point of accuracy and of SQuAD's f1, which is in per
  /// cent. Of an error it is an amount in the error's own unit.
  Allowance max_metric_drop = kOnePoint;
  /// A throughput of concurrent streams that fell by more than this share is one. nullopt: none is,
  /// because a throughput has no interval that tells a regression from noise.
  std::optional<Allowance> max_throughput_drop = std::nullopt;
};

/// Limits for the rows of one run, each compared with its original.
struct OriginalLimits {
  /// Latency of the row / latency of the original, at most.
  double max_latency = 1;
  /// As Thresholds::max_metric_drop.
  Allowance max_metric_drop = kOnePoint;
  /// Throughput of the row's concurrent streams / throughput of the original's, at least. nullopt:
  /// any.
  std::optional<double> min_throughput = std::nullopt;
};

/// One latency or figure of a row in both runs, or of an original and a row.
struct TimeChange {
  std::string row;
  Json parameters;
  std::int64_t batch_size = 0;
  std::int64_t input_length = 0;
  double before = 0;  ///< mean latency, ms
  double after = 0;
  measure::Ratio ratio;
  bool regression = false;
  /// Why the measurement cannot tell, each one sentence. Not empty: the change is inconclusive, and
  /// not a regression.
  std::vector<std::string> doubts = {};

  bool inconclusive() const { return !doubts.empty(); }
};
struct FigureChange {
  std::string row;
  Json parameters;
  std::string metric;
  double before = 0;
  double after = 0;
  bool regression = false;
  bool judged = true;  ///< whether it is known which direction is better
};

/// Throughput of a row's concurrent streams in both runs, or of an original and a row.
struct ThroughputChange {
  std::string row;
  Json parameters;
  Load load;
  double before = 0;  ///< samples per second
  double after = 0;
  double latency_99_before = 0;  ///< ms, under that load
  double latency_99_after = 0;
  bool regression = false;

  double ratio() const { return after / before; }
};

/// Two runs of (partly) the same grid, compared row by row, or the rows of one run, compared with
/// their originals.
struct RunComparison {
  bool against_originals = false;
  std::vector<TimeChange> times;
  std::vector<FigureChange> figures;
  std::vector<ThroughputChange> throughputs;
  /// Regressions: rows that were measured before and failed after; against originals: that failed.
  std::vector<std::string> broken;
  /// Rows of one run only, and other remarks (different machines).
  std::vector<std::string> notes;

  std::size_t regressions() const;
  std::size_t inconclusive() const;
};

/// Rows are matched as match_rows does. The figures of the evaluation's own time are left out.
/// Figures that no metric of this program declares are listed and not judged; a note says so.
///
/// A latency is inconclusive where one of its two timings is not to be trusted (measure::Verdict),
/// or where the interval of the ratio is wider than the threshold and reaches beyond it. Its width
/// is a share of the ratio. A measurement that both runs share is never inconclusive.
///
/// Throughputs of concurrent streams are matched by load, and judged only if a threshold is given.
///
/// Throws Error when no row has a partner, when a threshold for throughputs has none to judge, and
/// when `max_metric_drop` is an amount of 1 or more, 100 points, for a figure that has points.
RunComparison compare_runs(const store::RunResult& before, const store::RunResult& after,
                           const Thresholds& thresholds = {});

/// Compares each quantized row of a run with its original (original_timings, original_evaluation),
/// by the paired ratio where both were timed in the same turns. A latency beyond the limit is a
/// regression if the whole interval is; it is inconclusive if the interval contains the limit, or
/// if a timing is not to be trusted. Without an interval the ratio alone decides.
///
/// Throws Error when no row has an original, and as compare_runs for the metrics and throughputs.
RunComparison compare_with_own_originals(const store::RunResult& run,
                                         const OriginalLimits& limits = {});

/// Differences between two machines' or runs' facts, each as "cpu: A, then B"; empty if either is
/// unknown.
std::vector<std::string> differing_facts(const Json& before, const Json& after);

}  // namespace quantbench::analysis
