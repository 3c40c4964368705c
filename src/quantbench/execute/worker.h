#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/json.h"

namespace quantbench::execute {

/// One stage to run, as sent to the worker's standard input.
struct Job {
  std::string stage;
  Json identity = Json::object();
  Json locations = Json::object();
  std::vector<Json> results;
  std::vector<std::filesystem::path> artefacts;
  std::filesystem::path output;

  Json to_json() const;
  static Job from_json(const Json& json);
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
  Json result;
  /// Resident memory high-water mark of the process (VmHWM), bytes; 0 if the worker died before it
  /// could report.
  std::int64_t peak_memory_bytes = 0;
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

/// Runs a job in a process of its own: `<program> worker`. The job goes to its standard input. JSON
/// lines come back on a descriptor of their own ({"progress": 0.5}, {"warning": ".."}, then
/// {"result": ..} or {"error": ..}), so a library's printed text cannot be mistaken for an answer.
/// Printed text goes to the log. The worker dies with this process and does not see the terminal's
/// Ctrl-C. Throws Error if the program cannot be started.
WorkerOutcome run_worker(const std::filesystem::path& program, const Job& job,
                         const WorkerListener& listener);

}  // namespace quantbench::execute
