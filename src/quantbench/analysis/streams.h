#pragma once

#include <cstdint>
#include <vector>

#include "quantbench/analysis/shape.h"
#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// A number of concurrent streams at one batch size and input length.
struct Load {
  std::int64_t streams = 0;
  Shape shape;
  bool operator==(const Load&) const = default;
};

Load load_of(const measure::StreamFigures& figures);

/// Loads under which any row was measured, in the order of the rows' figures.
std::vector<Load> loads(const store::RunResult& result);

/// The row's figures under that load; nullptr if there are none.
const measure::StreamFigures* figures_under(const store::Row& row, const Load& load);

}  // namespace quantbench::analysis
