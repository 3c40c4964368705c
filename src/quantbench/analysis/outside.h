#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// A model that is not the answer because of its loss, or a candidate that a search stopped.
struct Outside {
  std::string name;  ///< of the row, or the search's words for the candidate
  /// In the unit of the answer's figure, above 0: worse than the original; nullopt: not known.
  std::optional<double> loss;
  std::optional<double> speedup;  ///< over the original
  bool is_too_slow = false;       ///< not known to lose too much; others are better
  bool is_partial = false;        ///< a search stopped it: no row has its figures
  /// What makes it lose, or what to try instead, as far as the row's warnings say it; else what the
  /// search said. One line; empty: nothing is known.
  std::string reason;
};

/// Of a run that searched: the last figures of each candidate that it stopped or refused. Else: the
/// quantized rows that lose more than the answer accepts. The least loss first, those that are too
/// slow last. The row that the answer names is not among them, nor are candidates that are another
/// one's model.
std::vector<Outside> outside(const store::RunResult& result);

/// How many candidates a search looked at, and how many of these were another one's model.
struct CandidateCount {
  std::size_t all = 0;
  std::size_t identical = 0;
};
CandidateCount count_candidates(const store::Tuning& tuning);

}  // namespace quantbench::analysis
