#pragma once

#include <string>
#include <vector>

#include "quantbench/engine/executor.h"
#include "quantbench/engine/plan.h"
#include "quantbench/store/result.h"

namespace quantbench::engine {

/// A row from what became of its stages. A stage that failed, or that has not run (the run was
/// cancelled), makes it a failed row that keeps what was measured nevertheless.
store::Row make_row(const PlannedRow& planned, const std::vector<StageOutcome>& outcomes,
                    const Json& machine);

/// Keys of the stage results that the row is made of.
std::vector<std::string> stage_keys(const PlannedRow& planned,
                                    const std::vector<StageOutcome>& outcomes);

}  // namespace quantbench::engine
