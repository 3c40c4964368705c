#include "quantbench/store/database.h"

#include <array>
#include <ctime>

#include "quantbench/base/error.h"
#include "quantbench/base/json_own.h"
#include "quantbench/measure/machine.h"
#include "quantbench/store/network_file_system.h"
#include "quantbench/store/schema.h"

namespace quantbench::store {

namespace {

constexpr std::array<std::pair<RunStatus, const char*>, 5> kRunStatusNames = {
    {{RunStatus::kRunning, "running"},
     {RunStatus::kFinished, "finished"},
     {RunStatus::kFailed, "failed"},
     {RunStatus::kCancelled, "cancelled"},
     {RunStatus::kInterrupted, "interrupted"}}};

RunStatus status_from(const std::string& name) {
  for (const auto& [status, known] : kRunStatusNames) {
    if (name == known) return status;
  }
  return RunStatus::kFailed;
}

const char* name_of(Row::Status status) {
  switch (status) {
    case Row::Status::kOk:
      return "ok";
    case Row::Status::kFailed:
      return "failed";
    case Row::Status::kSkipped:
      return "skipped";
  }
  return "failed";
}

/// Beside the file itself, whichever links lead to it.
std::filesystem::path lock_file(const std::filesystem::path& store) {
  std::error_code failure;
  std::filesystem::path file = std::filesystem::weakly_canonical(store, failure);
  if (failure) file = store;
  file += ".lock";
  return file;
}

/// Whether a run that the store has as running is: whoever runs it holds its lock.
bool is_alive(const NameLocks& locks, bool has_lock_file, const std::string& run_id) {
  if (!has_lock_file) return false;
  // Without locks (some network file systems) a run counts as alive.
  return locks.ask(run_id) != NameLocks::Outcome::kHeld;
}

}  // namespace

std::string to_string(RunStatus status) {
  for (const auto& [known, name] : kRunStatusNames) {
    if (status == known) return name;
  }
  return "failed";
}

std::string now_utc() {
  const std::time_t now = std::time(nullptr);
  struct tm parts {};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), size};
}

namespace {

/// The path itself, unless it is refused.
const std::filesystem::path& allowed(const std::filesystem::path& path, Access access) {
  if (access == Access::kWrite) require_local_file_system(path);
  return path;
}

}  // namespace

Database::Database(const std::filesystem::path& path, Access access)
    : connection_(allowed(path, access), access),
      locks_(lock_file(path),
             access == Access::kRead ? NameLocks::Access::kAsk : NameLocks::Access::kHold) {
  migrate(connection_);
  if (access == Access::kRead) return;
  connection_.use_write_ahead_log();
  // With a write-ahead log this survives a crash of the program; a power cut may lose the last
  // result, never the file.
  connection_.execute("PRAGMA synchronous = NORMAL");
}

std::optional<StageRecord> Database::find_stage(const std::string& key) {
  Statement select(connection_,
                   "SELECT stage, subject, facts, finished_at, seconds, result FROM stages "
                   "JOIN machines USING (machine_key) WHERE stage_key = ?");
  select.bind(key);
  if (!select.step()) return std::nullopt;
  StageRecord record;
  record.key = key;
  record.stage = select.text(0);
  record.subject = select.text(1);
  record.machine = parse_own_json(select.text(2), connection_.path().string() + ": machines");
  record.finished_at = select.text(3);
  record.seconds = select.real(4);
  record.result = parse_own_json(select.text(5), connection_.path().string() + ": stage " + key);
  return record;
}

std::vector<std::string> Database::stage_keys() {
  Statement select(connection_, "SELECT stage_key FROM stages");
  std::vector<std::string> keys;
  while (select.step()) keys.push_back(select.text(0));
  return keys;
}

void Database::write(const StageRecord& record) {
  const std::string machine_key = measure::machine_key(record.machine);
  Statement(connection_, "INSERT OR REPLACE INTO machines VALUES (?, ?)")
      .bind(machine_key)
      .bind(to_line(record.machine))
      .run();
  Statement(connection_, "INSERT OR REPLACE INTO stages VALUES (?, ?, ?, ?, ?, ?, ?)")
      .bind(record.key)
      .bind(record.stage)
      .bind(record.subject)
      .bind(machine_key)
      .bind(record.finished_at.empty() ? now_utc() : record.finished_at)
      .bind(record.seconds)
      .bind(to_line(record.result))
      .run();
}

void Database::put_stage(const StageRecord& record) {
  connection_.transaction([&] { write(record); });
}

bool Database::add_stage(const StageRecord& record) {
  bool is_new = false;
  connection_.transaction([&] {
    Statement select(connection_, "SELECT 1 FROM stages WHERE stage_key = ?");
    is_new = !select.bind(record.key).step();
    if (is_new) write(record);
  });
  return is_new;
}

std::optional<double> Database::typical_seconds(const std::string& stage) {
  Statement select(connection_,
                   "SELECT avg(seconds) FROM (SELECT seconds FROM stages WHERE stage = ? "
                   "ORDER BY finished_at DESC LIMIT 10)");
  select.bind(stage);
  if (!select.step() || select.is_null(0)) return std::nullopt;
  return select.real(0);
}

void Database::put_run(const RunResult& result, RunStatus status,
                       const std::vector<std::vector<std::string>>& row_stages) {
  if (status == RunStatus::kRunning) locks_.attempt(result.run_id);
  Json whole = result.to_json();
  const Json rows = whole.at("rows");
  whole["rows"] = Json::array();
  connection_.transaction([&] {
    Statement(connection_, "DELETE FROM runs WHERE run_id = ?").bind(result.run_id).run();
    Statement insert(connection_, "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)");
    insert.bind(result.run_id).bind(result.started_at);
    if (status == RunStatus::kRunning) {
      insert.bind_null();
    } else {
      insert.bind(now_utc());
    }
    insert.bind(to_string(status))
        .bind(value_or<std::string>(result.spec, "task", "", "spec"))
        .bind(value_or<std::string>(result.spec, "name_or_path", "", "spec"))
        .bind(to_line(whole))
        .run();
    for (std::size_t i = 0; i < result.rows.size(); ++i) {
      const auto index = static_cast<std::int64_t>(i);
      Statement(connection_, "INSERT INTO rows VALUES (?, ?, ?, ?, ?)")
          .bind(result.run_id)
          .bind(index)
          .bind(name_of(result.rows[i].status))
          .bind(to_line(result.rows[i].parameters))
          .bind(to_line(rows.at(i)))
          .run();
      if (i >= row_stages.size()) continue;
      for (const std::string& key : row_stages[i]) {
        Statement(connection_, "INSERT OR IGNORE INTO row_stages VALUES (?, ?, ?)")
            .bind(result.run_id)
            .bind(index)
            .bind(key)
            .run();
      }
    }
  });
  if (status != RunStatus::kRunning) locks_.release(result.run_id);
}

std::string Database::full_run_id(const std::string& prefix) {
  const std::string where = connection_.path().string();
  std::vector<std::string> matches;
  Statement select(connection_,
                   "SELECT run_id FROM runs WHERE substr(run_id, 1, length(?1)) = ?1 LIMIT 2");
  select.bind(prefix);
  while (select.step()) {
    matches.push_back(select.text(0));
    if (matches.back() == prefix) return prefix;
  }
  if (matches.empty() || prefix.empty()) {
    throw Error("no run '" + prefix + "' in the store", where, "`quantbench list` shows the runs");
  }
  if (matches.size() > 1) {
    throw Error("more than one run starts with '" + prefix + "'", where, "give more of the id");
  }
  return matches.front();
}

RunResult Database::load_run(const std::string& run_id) {
  const std::string id = full_run_id(run_id);
  const std::string where = connection_.path().string() + ": run " + id;
  Statement run(connection_, "SELECT result FROM runs WHERE run_id = ?");
  run.bind(id);
  if (!run.step()) throw Error("the run was removed while it was read", where);
  Json whole = parse_own_json(run.text(0), where);
  Json rows = Json::array();
  Statement select(connection_, "SELECT result FROM rows WHERE run_id = ? ORDER BY row_index");
  select.bind(id);
  while (select.step()) rows.push_back(parse_own_json(select.text(0), where));
  if (!whole.is_object()) throw Error("the store is damaged", where);
  whole["rows"] = std::move(rows);
  return RunResult::from_json(whole, where);
}

std::vector<RunSummary> Database::runs() {
  std::vector<RunSummary> out;
  Statement select(connection_,
                   "SELECT run_id, started_at, finished_at, status, task, name_or_path, "
                   "(SELECT count(*) FROM rows WHERE rows.run_id = runs.run_id) "
                   "FROM runs ORDER BY started_at DESC, run_id DESC");
  // Opened anew: locks of this object would not show themselves.
  const std::filesystem::path file = lock_file(connection_.path());
  const NameLocks locks(file, NameLocks::Access::kAsk);
  const bool has_lock_file = std::filesystem::exists(file);
  while (select.step()) {
    RunStatus status = status_from(select.text(3));
    if (status == RunStatus::kRunning && !is_alive(locks, has_lock_file, select.text(0))) {
      status = RunStatus::kInterrupted;
    }
    out.push_back({select.text(0), select.text(1), select.text(2), status, select.text(4),
                   select.text(5), static_cast<std::size_t>(select.integer(6))});
  }
  return out;
}

void Database::remove_run(const std::string& run_id) {
  const std::string id = full_run_id(run_id);
  Statement(connection_, "DELETE FROM runs WHERE run_id = ?").bind(id).run();
}

}  // namespace quantbench::store
