#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/execute/artefacts.h"
#include "quantbench/plan/stage.h"

namespace quantbench::execute {

/// What a worker takes is only known when it has opened its model. The next one may take this
/// multiple of the largest before.
inline constexpr double kMemoryMargin = 1.25;

/// One stage to run, as sent to the worker's standard input.
struct Job {
  std::string stage;  ///< its name
  plan::Work work;
  /// It works when it is told to (plan::Exchange), beside other workers.
  bool takes_turns = false;

  static constexpr auto fields() {
    return std::tuple(field("stage", &Job::stage), field("work", &Job::work),
                      field("takes_turns", &Job::takes_turns));
  }
};

/// What a stage's worker answers.
struct StageAnswer {
  Json result;
  /// Of what it made in Work::output, for stages that make an artefact.
  std::optional<ArtefactDescription> artefact = {};
  /// Resident memory high-water mark of the process (VmHWM), bytes.
  std::int64_t peak_memory_bytes = 0;

  static constexpr auto fields() {
    return std::tuple(field("result", &StageAnswer::result),
                      field("artefact", &StageAnswer::artefact),
                      field("peak_memory_bytes", &StageAnswer::peak_memory_bytes));
  }
};

/// Outcome of a job.
struct WorkerOutcome {
  enum class Kind {
    kDone,
    kError,     ///< the stage threw
    kCrashed,   ///< the process died or ended without a result, or a file shrank under it
    kCancelled  ///< killed because the caller asked for it
  };
  Kind kind = Kind::kCrashed;
  /// Of a job that is done.
  StageAnswer answer;
  double seconds = 0;
  /// What went wrong, unless the job is done. For a crash: "worker killed by signal 9 (out of
  /// memory?)".
  std::optional<Error> error;
};

/// Events during a job. Called from the thread that called run_worker.
struct WorkerListener {
  std::function<void(double share)> progress;
  /// A warning that the stage or the runtime logged.
  std::function<void(const std::string& text)> warning;
  /// Set this to kill the worker.
  const std::atomic<bool>* cancel = nullptr;
};

/// A job in a process of its own: `<program> worker`. The job is the first line of its standard
/// input. JSON lines come back on a descriptor of their own ({"progress": 0.5}, {"warning": ".."},
/// then {"answer": ..} or {"error": ..}), so a library's printed text cannot be mistaken for an
/// answer. Printed text goes to the log. The worker dies with this process and does not see the
/// terminal's Ctrl-C.
///
/// The stage of a job that takes turns says {"said": ..} as well, and waits for a line that answers
/// it.
class WorkerProcess {
 public:
  /// Throws Error if the program cannot be started.
  WorkerProcess(const std::filesystem::path& program, const Job& job, WorkerListener listener);
  /// Ends it, if it still lives.
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  /// The next thing that the stage says; nullopt: it ended.
  std::optional<Json> listen();
  /// What the stage waits for.
  void say(const Json& message);
  /// Stops all its threads (SIGSTOP), and returns when they stand.
  void pause();
  void resume();
  /// Keeps its threads on these processors (measure::keep_on).
  void keep_on(const std::vector<int>& processors);
  /// No more is said to it. Waits for its end, once.
  WorkerOutcome finish();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Runs a job to its end. Throws Error if the program cannot be started.
WorkerOutcome run_worker(const std::filesystem::path& program, const Job& job,
                         const WorkerListener& listener);

}  // namespace quantbench::execute
