#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "quantbench/backend/backend.h"
#include "quantbench/execute/run.h"
#include "quantbench/spec/spec.h"
#include "quantbench/store/result.h"

namespace quantbench::backend {

/// How far a shard is, for display.
struct ShardView {
  enum class Phase { kPlanned, kWaiting, kRunning, kDone, kLost };
  std::string name;
  Phase phase = Phase::kPlanned;
  int attempt = 1;
  std::string node;
  /// What runs there; of a waiting or lost one, the scheduler's word for why.
  std::string doing;
  double share = 0;  ///< of the shard, 0 to 1
};

/// What the user wants of a run on its way.
enum class Interrupt {
  kNone,
  kDetach,  ///< leave the jobs alone, and end
  kAsk,     ///< the first Ctrl-C: say how to cancel, and wait a little for the second
  kCancel   ///< end the jobs
};

struct RunOptions {
  execute::Options execute;
  /// Of --backend; empty: the spec's.
  std::string backend;
  /// Return as soon as everything is submitted.
  bool detach = false;
  /// Kept with the run, for attach.
  std::filesystem::path out;
  /// After each look at the jobs.
  std::function<void(const std::vector<ShardView>&)> on_shards;
  /// Asked often while jobs run.
  std::function<Interrupt()> interrupt;
  /// What the user should know now, one line.
  std::function<void(const std::string& text)> say;
};

/// What became of a run.
struct RunOutcome {
  /// One for each kind of machine that timed something, that with most timings first. Empty: the
  /// run was detached.
  std::vector<store::RunResult> results;
  /// As it ran and as it is shown. Of a run with jobs, its model and data set are the local ones.
  spec::Spec spec;
  /// Of a run with jobs.
  std::string run_id;
  std::size_t jobs = 0;  ///< submitted or found
};

/// The spec as it runs, with the words for a warning in `remark`. `backend` is the value of
/// --backend; empty: the spec's. A backend that this build does not have, and one that must be
/// asked for, give way to the default one, and their arguments are dropped.
spec::Spec as_run(spec::Spec spec, const std::string& backend = {}, std::string* remark = nullptr);

/// The spec as results and cards show it: of backend_args only those that the backend declares
/// public.
spec::Spec as_shown(spec::Spec spec);

/// Runs a spec where it asks for. On this machine: execute::run. Elsewhere: cuts it into shards,
/// submits them as jobs, gathers their results, submits lost ones again, and makes the result of
/// what was found. A run of the same spec, program, backend and arguments that was left is taken up
/// where it stands. Throws what execute::run throws, and Error for what the backend refuses.
RunOutcome run(const spec::Spec& spec, const RunOptions& options);

/// A run with jobs that is known on this machine.
struct KnownRun {
  RunDirectory directory;
  std::filesystem::path out;
};

/// By its directory, by its id, or the beginning of it. Throws Error naming what is known.
KnownRun find_run(const std::string& run, const std::filesystem::path& store);

/// Takes up a run by what lies in its directory.
RunOutcome attach(const KnownRun& run, const RunOptions& options);

/// Ends the jobs of a run. What they have measured stays. Returns how many had not ended.
std::size_t cancel(const KnownRun& run, const RunOptions& options);

}  // namespace quantbench::backend
