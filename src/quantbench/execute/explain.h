#pragma once

#include <cstddef>

#include "quantbench/execute/prepare.h"
#include "quantbench/execute/run.h"
#include "quantbench/store/result.h"
#include "quantbench/store/stage_results.h"

namespace quantbench::execute {

/// A quantized row that loses more points of the headline figure than this is explained.
inline constexpr double kMostPoints = 2;

/// Says of each quantized row that loses more than kMostPoints why, and what to try, as a warning
/// of the row. What helps is measured (measure_remedies): by no more evaluations than the run has,
/// though by up to RemedySearch's default. A loss that may be chance is told, not looked into.
///
/// `result` has the rows of the run, one for each cell of `prepared`. Throws Cancelled.
void explain_losses(store::RunResult& result, const Prepared& prepared, const Options& options,
                    store::StageResults& results);

}  // namespace quantbench::execute
