#pragma once

#include <utility>
#include <vector>

#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// The rows of two runs, matched.
struct RowPairs {
  std::vector<std::pair<const store::Row*, const store::Row*>> both;  ///< in the second's order
  std::vector<const store::Row*> only_first;
  std::vector<const store::Row*> only_second;
};

/// Matches rows by whether they are quantized and by the value of every parameter that either run
/// benchmarks; one that a run fixed counts with its fixed value. Originals are matched without the
/// parameters that say how to quantize. The order of an object's keys does not matter. The runs
/// must outlive the result.
RowPairs match_rows(const store::RunResult& first, const store::RunResult& second);

}  // namespace quantbench::analysis
