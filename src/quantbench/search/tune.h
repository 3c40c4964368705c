#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/analysis/allowance.h"
#include "quantbench/analysis/shape.h"
#include "quantbench/execute/run.h"
#include "quantbench/spec/spec.h"
#include "quantbench/store/result.h"

namespace quantbench::search {

/// What is to be as good as possible.
enum class Objective {
  kLatency,
  kThroughput,  ///< samples a second; by the latency of the shapes' batches
  kSize,        ///< of the model's files
  kMemory       ///< peak of the process that runs it
};

/// "latency", "throughput", "size", "memory"
std::string name_of(Objective objective);

/// What a search is asked for: the spec's strategy_args.
struct TuneOptions {
  /// The loss that is accepted; nullopt: one point of the figure.
  std::optional<analysis::Allowance> max_drop = {};
  std::string metric = {};  ///< empty: the first of the spec, or the task's
  Objective objective = Objective::kLatency;
  std::vector<analysis::Shape> shapes = {};  ///< empty: the spec's
  std::vector<std::string> frameworks = {};  ///< empty: usual_frameworks
  std::optional<double> time_limit = {};     ///< s
  std::uint32_t seed = 42;
};

/// The fastest model (or the smallest, by the objective) whose loss stays within a budget.
///
/// The samples of the split are shuffled by a seed. The first half is for the search, the second
/// half for the proof: the model is chosen on the first and judged once on the second
/// (analysis::decide).
///
/// 1. Candidates: the grid of the spec if it has one; else what approaches and presets declare
///    (starting_points).
/// 2. All are timed together for a moment. Those stop that are slower than the original.
/// 3. From the fastest on, candidates are evaluated on more and more samples of the first half.
///    Those stop that lose too much, or are slower than the best for sure.
/// 4. Candidates that are faster than the best and lose too much are tried with their most
///    damaging operators in float: as few as keep the budget, found in the ranking (stages::Rank)
///    on the first samples, and confirmed on all of the first half.
/// 5. What is left is timed together until the intervals are narrow, and the fastest within the
///    budget is judged on the second half. If none is, steps 3 and 4 go on with what is left.
///
/// RunResult::tuning has the way and the decision. The rows are the original, the models of step 5,
/// and the other candidates as skipped rows that say why.
///
/// Every figure comes from a stage in the store, so the same call goes on where an earlier one was
/// ended. When it is cancelled, or `time_limit` is over, the best so far is the result, said to be
/// unfinished; cancelled before anything was good enough, it throws Cancelled. Throws Error for
/// faults of the input: what execute::run throws, a metric whose samples have no parts
/// (metric::Metric::outcomes), too few samples.
store::RunResult tune(const spec::Spec& spec, const TuneOptions& asked,
                      const execute::Options& options);

}  // namespace quantbench::search
