#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "quantbench/measure/ratio.h"
#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// How much worse a figure may get: an amount, or a share of the value before.
struct Allowance {
  double amount = 0;
  bool relative = false;

  /// "5%" is a share, "0.01" is an amount. Throws Error naming `option` for other texts and for
  /// negative values.
  static Allowance parse(const std::string& text, const std::string& option);
  /// A share either way: "5%" and "0.05" are the same. Throws Error as well for a number of 1 and
  /// more without a per cent sign, which is not what its author meant.
  static Allowance parse_share(const std::string& text, const std::string& option);
};

/// Thresholds for regressions of the second run.
struct Thresholds {
  /// A latency regressed if it grew by more than this share and the interval of its ratio does not
  /// contain 1 ("5%" and "0.05" are the same).
  Allowance max_latency_regression{.amount = 0.05, .relative = true};
  /// A metric that got worse by more than this is one. An amount counts on a scale from 0 to 1 for
  /// every figure that has points: 0.01 is one point of accuracy and of SQuAD's f1, which is in per
  /// cent. Of an error it is an amount in the error's own unit.
  Allowance max_metric_drop{.amount = 0.01, .relative = false};
};

/// One latency or figure of a row in both runs.
struct TimeChange {
  std::string row;
  Json parameters;
  std::int64_t batch_size = 0;
  std::int64_t input_length = 0;
  double before = 0;  ///< mean latency, ms
  double after = 0;
  measure::Ratio ratio;
  bool regression = false;
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

/// Two runs of (partly) the same grid, compared row by row.
struct RunComparison {
  std::vector<TimeChange> times;
  std::vector<FigureChange> figures;
  /// Regressions: rows that were measured before and failed after.
  std::vector<std::string> broken;
  /// Rows of one run only, and other remarks (different machines).
  std::vector<std::string> notes;

  std::size_t regressions() const;
};

/// Rows are matched as match_rows does. The figures of the evaluation's own time are left out.
/// Figures that no metric of this program declares are listed and not judged; a note says so.
/// Throws Error when no row has a partner, and when `max_metric_drop` is an amount of 1 or more,
/// 100 points, for a figure that has points.
RunComparison compare_runs(const store::RunResult& before, const store::RunResult& after,
                           const Thresholds& thresholds = {});

/// Differences between two machines' or runs' facts, each as "cpu: A, then B"; empty if either is
/// unknown.
std::vector<std::string> differing_facts(const Json& before, const Json& after);

}  // namespace quantbench::analysis
