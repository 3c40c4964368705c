#pragma once

#include <cstddef>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/store/result.h"

namespace quantbench::report::html {

/// What the page shows of a search; null without one. `places`: where each row of the result stands
/// on the page.
///
/// {"metric", "gain" ("speedup", "times smaller": what the steps call speedup), "budget" (in the
/// metric's unit), "outcome", "row" (index on the page, or null),
/// "as_fast", "same_model", "verdict" (a sentence), "sentences" (what else was decided and how sure
/// it is), "steps": [{kind, candidate, verdict, reason, samples, loss, loss_interval, speedup,
/// speedup_interval, in_float, seconds}] (intervals: 95 %, [low, high] or null), "stopped": [{name,
/// loss, speedup, reason}] (candidates without a row whose loss and speedup are known)}
Json search_data(const store::RunResult& result, const std::vector<std::size_t>& places);

}  // namespace quantbench::report::html
