#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/hub/options.h"
#include "quantbench/spec/spec.h"
#include "quantbench/store/result.h"

namespace quantbench::execute {

/// What is happening, for progress display. Never sent from two threads at the same time.
struct Event {
  enum class Kind {
    kStageStarted,
    kStageProgress,
    kStageFinished,
    kStageReused,
    kStageFailed,
    kStageWaiting,  ///< another run is at it; told once a run
    kDecision,      ///< what a search found and does next, one line
    kWarning
  };
  Kind kind = Kind::kStageStarted;
  std::string stage;    ///< its name; empty: the whole run
  std::string subject;  ///< the cell or stage in words
  double share = 0;     ///< of the whole plan, 0 to 1, weighted by expected time
  double seconds_left = 0;
  /// Of a warning or a failure: one line.
  std::string message;
};

struct Options {
  /// SQLite file. Empty: store::default_store_path().
  std::filesystem::path store;
  /// Directory of stage artefacts (models), content-addressed. Empty: store::default_cache_path().
  std::filesystem::path cache;
  /// Bytes that the cache may hold after the run (limit_cache). Empty: cache_limit().
  std::optional<std::uintmax_t> cache_limit;
  /// This program, started again as worker (`<program> worker`). Empty: /proc/self/exe.
  std::filesystem::path program;
  /// Do not reuse results of earlier runs (artefacts still are).
  bool fresh = false;
  /// A sample that cannot be used (a damaged image) ends the run before it starts. Without: it is
  /// left out, with a warning.
  bool strict = false;
  std::function<void(const Event&)> on_event;
  /// Called by a search whenever it knows a better model within the budget, with what would be its
  /// result if nothing came after it: one that says to be unfinished. From the thread that runs the
  /// search.
  std::function<void(const store::RunResult&)> on_better;
  /// Downloads from the Hub, before anything else happens.
  std::function<void(const hub::DownloadProgress&)> on_download;
  /// Set by a signal handler, say, to end the run: the worker is killed, finished stages stay in
  /// the store, and run() throws Cancelled.
  const std::atomic<bool>* cancel = nullptr;
};

/// A run that ended because Options::cancel was set.
class Cancelled : public Error {
 public:
  Cancelled() : Error("cancelled", {}, "finished stages are kept; the same command continues") {}
};

/// Sends a warning about the whole run.
void warn(const Options& options, const std::string& text);

/// Runs a spec on this machine: fetches from the Hub what it names there (see locate), plans the
/// distinct stages, runs each once in a worker process, keeps results in the store. A stage that
/// fails makes the rows that need it failed rows; faults of the input (model, data set) throw
/// Error, before anything has run where they can be seen then. Throws Cancelled.
///
/// A stage is known by what it depends on, down to the content of the model file it reads: rows
/// whose quantization changed nothing share the original's figures, and results of earlier runs are
/// used again (figures that depend on the machine only under the same measure::machine_key).
store::RunResult run(const spec::Spec& spec, const Options& options);

/// Body of the worker process: reads one JSON job from standard input, writes JSON lines (progress,
/// then result or error) to the descriptor given by the parent. Returns the exit status.
int worker_main();

}  // namespace quantbench::execute
