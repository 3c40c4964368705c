#pragma once

#include <string>

#include "quantbench/execute/plan_rows.h"
#include "quantbench/measure/processors.h"

namespace quantbench::execute {

/// Warns where a row of the plan is timed with more threads than this process has processors, or
/// than its control group's quota allows: such threads wait for each other in the middle of a
/// forward. Without intra_op_num_threads the runtime's own number counts. One line for the whole
/// plan; empty: no row has too many.
std::string thread_warning(const Plan& plan, const measure::Processors& processors);

}  // namespace quantbench::execute
