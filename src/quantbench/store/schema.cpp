#include "quantbench/store/schema.h"

#include <array>
#include <string>

#include "quantbench/base/error.h"

namespace quantbench::store {

namespace {

/// PRAGMA application_id of our files: "QBNC". `file` and we tell them from other databases by it.
constexpr std::int64_t kApplicationId = 0x51424e43;

/// Entry i brings a file from schema i to i + 1. Never edit one that was released; append.
constexpr std::array kMigrations = {
    // 1: what the first release keeps.
    R"sql(
CREATE TABLE machines (
  machine_key TEXT PRIMARY KEY,  -- measure::machine_key
  facts TEXT NOT NULL            -- JSON, measure::machine_facts
) WITHOUT ROWID;

-- Results of stages, content-addressed: the key is the hash of everything the result depends on.
CREATE TABLE stages (
  stage_key TEXT PRIMARY KEY,
  stage TEXT NOT NULL,           -- "evaluate", "time", ...
  subject TEXT NOT NULL,         -- in words, for people
  machine_key TEXT NOT NULL REFERENCES machines(machine_key),
  finished_at TEXT NOT NULL,     -- ISO 8601, UTC
  seconds REAL NOT NULL,         -- wall time it took
  result TEXT NOT NULL           -- JSON
);
CREATE INDEX stages_by_kind ON stages(stage, finished_at);

CREATE TABLE runs (
  run_id TEXT PRIMARY KEY,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  status TEXT NOT NULL,          -- running, finished, failed, cancelled
  task TEXT NOT NULL,
  name_or_path TEXT NOT NULL,
  result TEXT NOT NULL           -- JSON, store::RunResult without its rows
);

CREATE TABLE rows (
  run_id TEXT NOT NULL REFERENCES runs(run_id) ON DELETE CASCADE,
  row_index INTEGER NOT NULL,
  status TEXT NOT NULL,          -- ok, failed, skipped
  parameters TEXT NOT NULL,      -- JSON: the benchmarked keys
  result TEXT NOT NULL,          -- JSON: the whole row
  PRIMARY KEY (run_id, row_index)
) WITHOUT ROWID;

-- Which stage results a row is made of.
CREATE TABLE row_stages (
  run_id TEXT NOT NULL,
  row_index INTEGER NOT NULL,
  stage_key TEXT NOT NULL,
  PRIMARY KEY (run_id, row_index, stage_key),
  FOREIGN KEY (run_id, row_index) REFERENCES rows(run_id, row_index) ON DELETE CASCADE
) WITHOUT ROWID;
)sql"};

bool is_empty(Connection& connection) {
  Statement count(connection, "SELECT count(*) FROM sqlite_master");
  count.step();
  return count.integer(0) == 0;
}

void check_owner(Connection& connection) {
  const std::string where = connection.path().string();
  if (connection.pragma("application_id") != kApplicationId) {
    if (is_empty(connection)) return;
    throw Error("is the database of another program", where,
                "name another file with --store or QUANTBENCH_STORE");
  }
  const std::int64_t version = connection.pragma("user_version");
  if (version > newest_schema() || version < 0) {
    throw Error("the store has schema " + std::to_string(version) +
                    ", this quantbench reads up to " + std::to_string(newest_schema()),
                where, "update quantbench, or name another file with --store");
  }
}

}  // namespace

int newest_schema() { return static_cast<int>(kMigrations.size()); }

void migrate(Connection& connection) {
  // One view of the file for all the questions asked of it: another process may be making it.
  bool current = false;
  connection.read([&] {
    check_owner(connection);
    current = connection.pragma("user_version") == newest_schema();
  });
  if (current) return;
  connection.transaction([&] {
    // Another process may have migrated while this one waited for the lock.
    check_owner(connection);
    for (auto version = static_cast<std::size_t>(connection.pragma("user_version"));
         version < kMigrations.size(); ++version) {
      connection.execute(kMigrations[version]);
    }
    connection.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
    connection.execute("PRAGMA user_version = " + std::to_string(newest_schema()));
  });
}

}  // namespace quantbench::store
