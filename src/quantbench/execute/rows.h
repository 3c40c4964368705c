#pragma once

#include <string>
#include <vector>

#include "quantbench/execute/executor.h"
#include "quantbench/execute/plan_rows.h"
#include "quantbench/store/result.h"

namespace quantbench::execute {

/// Makes a row from its stages' outcomes. If a stage failed or did not run (cancelled run), the row
/// is failed, but keeps the figures it has.
store::Row make_row(const PlannedRow& planned, const std::vector<StageOutcome>& outcomes,
                    const Json& machine);

/// Keys of the row's stage results.
std::vector<std::string> stage_keys(const PlannedRow& planned,
                                    const std::vector<StageOutcome>& outcomes);

}  // namespace quantbench::execute
