#pragma once

#include <chrono>
#include <functional>

#include "quantbench/execute/executor.h"
#include "quantbench/execute/plan_rows.h"
#include "quantbench/execute/run.h"
#include "quantbench/execute/sources.h"
#include "quantbench/plan/inputs.h"
#include "quantbench/store/database.h"
#include "quantbench/store/stage_results.h"

namespace quantbench::execute {

/// A spec whose model and data set are on this machine and were looked at.
struct Prepared {
  LocatedSpec located;
  plan::Inputs inputs;
};

/// The options with the default store and cache in place of empty paths. Throws Error when the
/// cache is the directory of something else.
Options with_places(Options options);

/// Fetches what the spec names on the Hub, looks at model and data set, and warns of what people
/// should know. Throws Error for faults of the input, and Cancelled.
Prepared prepare(const spec::Spec& spec, const Options& options);

/// What a result says of its run, its rows apart.
store::RunResult header(const spec::Spec& spec, const plan::Inputs& inputs, const Plan& plan);

/// Runs `body`, which keeps its own end. Where it is cancelled or fails, `keep` keeps that end, and
/// what `body` threw is thrown again. A fault of `keep` is logged only: the first fault is the one
/// to tell, and the stages' results are in the store already.
void keeping_its_end(const std::function<void()>& body,
                     const std::function<void(store::RunStatus)>& keep);

/// Brings the cache below its limit, keeping what was used since `started`. A fault is a warning:
/// the results are kept by then, and it costs disk space only.
void tidy_cache(const Options& options, std::chrono::steady_clock::time_point started);

/// The run whose stages were measured elsewhere: `results` has what was found there, by the keys of
/// the machine of `prepared.inputs`. Nothing is measured (Executor::only_find). Keeps the run in
/// `database`.
store::RunResult collect(const Prepared& prepared, const Plan& plan, const Options& options,
                         store::StageResults& results, store::Database& database,
                         const FindMissing& missing);

}  // namespace quantbench::execute
