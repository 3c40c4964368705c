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

namespace quantbench::engine {

/// One stage to run, as it goes to the worker's standard input.
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

/// How a job ended.
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
  /// Set unless done: what went wrong. Of a crash: "worker killed by signal 9 (out of memory?)".
  std::optional<Error> error;
};

/// What happens while a job runs. Called from the thread that called run_worker.
struct WorkerListener {
  std::function<void(double share)> progress;
  /// A warning that the stage or the runtime logged.
  std::function<void(const std::string& text)> warning;
  /// Set from elsewhere to have the worker killed.
  const std::atomic<bool>* cancel = nullptr;
};

/// Runs a job in a process of its own: `<program> worker`, the job on its standard input, JSON
/// lines back on a descriptor of their own ({"progress": 0.5}, {"warning": ".."}, then {"result":
/// ..} or
/// {"error": ..}), so that nothing printed by a library can be taken for an answer. What it prints
/// goes to the log. The worker dies with this process, and does not see the terminal's Ctrl-C.
/// Throws Error when the program cannot be started.
WorkerOutcome run_worker(const std::filesystem::path& program, const Job& job,
                         const WorkerListener& listener);

}  // namespace quantbench::engine
