#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/base/name_locks.h"
#include "quantbench/base/record.h"
#include "quantbench/store/result.h"
#include "quantbench/store/sqlite.h"

namespace quantbench::store {

/// What a stage found, under the key of everything it depends on.
struct StageRecord {
  std::string key;
  std::string stage;
  std::string subject;
  Json machine = Json::object();  ///< measure::machine_facts
  std::string finished_at;        ///< ISO 8601, UTC; empty: now
  double seconds = 0;             ///< wall time it took
  Json result = Json::object();

  static constexpr auto fields() {
    return std::tuple(
        field("key", &StageRecord::key), field("stage", &StageRecord::stage),
        field("subject", &StageRecord::subject), field("machine", &StageRecord::machine),
        field("finished_at", &StageRecord::finished_at), field("seconds", &StageRecord::seconds),
        field("result", &StageRecord::result));
  }
};

enum class RunStatus {
  kRunning,
  kFinished,
  kFailed,
  kCancelled,
  kInterrupted  ///< its process was killed, or the machine went down
};

/// A run without its rows.
struct RunSummary {
  std::string run_id;
  std::string started_at;
  std::string finished_at;  ///< empty while it runs, and when it was interrupted
  RunStatus status = RunStatus::kRunning;
  std::string task;
  std::string name_or_path;
  std::size_t rows = 0;
};

/// The result store: one SQLite file with every stage result and every run. Several processes may
/// use one file at a time. All members throw Error naming the file; a damaged, foreign or newer one
/// is refused when it is opened.
///
/// Beside it lies STORE.lock, an empty file: whoever runs a benchmark holds a lock by the run's id
/// there (NameLocks), by which others see that it is alive.
class Database {
 public:
  /// A file on a network file system (see network_file_system) is refused, except to read it.
  ///
  /// To read needs no write access, neither to the file nor to its directory (see Connection); a
  /// missing file has no runs then.
  explicit Database(const std::filesystem::path& path, Access access = Access::kWrite);

  std::optional<StageRecord> find_stage(const std::string& key);
  /// Keys of all records.
  std::vector<std::string> stage_keys();
  /// Replaces the record of the same key.
  void put_stage(const StageRecord& record);
  /// Keeps the record unless there is one of the same key. Returns whether it was kept.
  bool add_stage(const StageRecord& record);
  /// Mean wall time of the latest results of a kind of stage, seconds; nullopt when there are none.
  std::optional<double> typical_seconds(const std::string& stage);

  /// Locks by stage key, for runs that share the store: one measures, the others wait.
  NameLocks& locks() { return locks_; }

  /// Writes the run and its rows, replacing what was there of the same run_id. `row_stages[i]` are
  /// the keys of the stage results that row i is made of (may be shorter than the rows). A run that
  /// is kRunning counts as such until it is put with another status, or this object or the process
  /// ends.
  void put_run(const RunResult& result, RunStatus status,
               const std::vector<std::vector<std::string>>& row_stages = {});
  /// Throws Error when there is no such run; a unique prefix of the id is enough.
  RunResult load_run(const std::string& run_id);
  /// Newest first.
  std::vector<RunSummary> runs();
  /// Stage results stay. Throws Error when there is no such run.
  void remove_run(const std::string& run_id);

 private:
  std::string full_run_id(const std::string& prefix);
  /// Within a transaction.
  void write(const StageRecord& record);

  Connection connection_;
  NameLocks locks_;
};

/// "running", "finished", "failed", "cancelled", "interrupted".
std::string to_string(RunStatus status);

/// The moment in ISO 8601, UTC, to the second: "2026-11-24T22:15:30Z".
std::string now_utc();

}  // namespace quantbench::store
