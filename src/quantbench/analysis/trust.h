#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "quantbench/measure/trust.h"
#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// How far the timings of a run can be trusted, all together.
struct RunTrust {
  /// Of the least trusted timing; kUnknown: none was judged.
  measure::Trust worst = measure::Trust::kUnknown;
  std::size_t timings = 0;  ///< that were judged
  std::size_t with_care = 0;
  std::size_t not_trusted = 0;
  /// What is said of the least trusted timings, the most frequent first.
  std::vector<std::string> reasons = {};
};

RunTrust trust_of(const store::RunResult& result);

}  // namespace quantbench::analysis
