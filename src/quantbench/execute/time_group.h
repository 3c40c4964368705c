#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "quantbench/execute/worker.h"

namespace quantbench::execute {

/// A model that is timed beside others.
struct TimedModel {
  /// Of stage `time`.
  Job job;
  /// Place of its original among the models; nullopt: it is an original, or has none.
  std::optional<std::size_t> original;
  /// Threads that are kept on cores of their own, if the options say so; nullopt: the runtime
  /// chooses how many it has, and where they run.
  std::optional<int> threads = {};
};

struct TimeGroupOptions {
  double duration_s = 30;  ///< sum of a model's latencies, at most
  int warmup_runs = 10;
  /// Width of a speedup's interval, as a share of it, at which a row is done.
  double target = 0.01;
  int starts = 3;
  /// Keep the models' threads on cores that are free, and this process off them.
  bool affinity = false;
  /// Of the order in the rounds.
  std::uint64_t seed = 0;
  /// Bytes that processes may take now; nullopt: not known. Empty: asks the machine.
  std::function<std::optional<std::uint64_t>()> available_memory;
  /// Processors to keep threads on (measure::free_cores). Empty: asks the machine.
  std::function<std::vector<int>()> free_cores;
};

/// Times models of one input shape together, and gives one outcome a model: of a model that was
/// timed, the answer is a stages::Time::Result.
///
/// Each model lives in a worker process of its own. A round gives each of them one turn, in random
/// order: its process runs forwards for 40 ms, with its threads as they are when it is deployed.
/// Between its turns the whole process is stopped, so that not even its waiting threads take
/// processor time from the model whose turn it is. What slows the machine down for longer than a
/// round slows all models alike, and the ratio of a row to its original keeps it out.
///
/// All processes are started `starts` times, and each start has the same share of the duration. A
/// row rests before its duration is over when its interval is narrow enough. A model that crashes
/// or hangs leaves the group, which goes on. Models that do not fit into memory together are timed
/// in several groups, each with the originals of its rows.
///
/// Sets `cancel` of the listener to end it: every outcome is then kCancelled. Throws Error if no
/// process can be started.
std::vector<WorkerOutcome> time_together(const std::filesystem::path& program,
                                         const std::vector<TimedModel>& models,
                                         const TimeGroupOptions& options,
                                         const WorkerListener& listener);

}  // namespace quantbench::execute
