#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/store/result.h"

namespace quantbench::report {

/// One row against the original of its run: what quantization gained and what it cost.
struct Comparison {
  /// Index of the row it is compared with; nullopt when the run holds no original, or the row
  /// failed, or it is an original itself.
  std::optional<std::size_t> baseline;
  /// latency_mean of the baseline / latency_mean of the row, one a timing of the row, in the row's
  /// order; nullopt where the baseline was not timed at that batch size and input length.
  std::vector<std::optional<double>> speedups;
  /// Figure of the row minus figure of the baseline, by metric name.
  std::map<std::string, double> changes;
};

/// Compares every row with its store::original_of, as the cards do: an unquantized row of the same
/// framework where there is one, so that a speedup is of quantization and not of a change of
/// runtime.
std::vector<Comparison> compare_with_originals(const store::RunResult& result);

}  // namespace quantbench::report
