#include "quantbench/store/database.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <functional>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/store/schema.h"

namespace quantbench::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DatabaseTest : public testing::Test {
 protected:
  std::string message_of_opening() const {
    try {
      const Database database(path_);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  TemporaryDirectory directory_;
  std::filesystem::path path_ = directory_.path() / "deeper" / "results.sqlite";
};

StageRecord record(const std::string& key) {
  StageRecord out;
  out.key = key;
  out.stage = "evaluate";
  out.subject = "per_channel=True";
  out.machine = {{"cpu", "test"}};
  out.seconds = 2.5;
  out.result = {{"figures", {{"accuracy", 0.1 + 0.2}}}};
  return out;
}

RunResult run_result(const std::string& id, const std::string& started_at) {
  RunResult result;
  result.run_id = id;
  result.started_at = started_at;
  result.quantbench_version = "0.1.0";
  result.spec = {{"task", "text-classification"}, {"name_or_path", "models/tiny"}};
  result.benchmarked = {{"per_channel", {false, true}}};
  for (const bool per_channel : {false, true}) {
    Row row;
    row.parameters = {{"per_channel", per_channel}};
    row.evaluation = {{"accuracy", per_channel ? 0.875 : 0.5}};
    row.peak_memory_bytes = 1 << 20;
    measure::Timing timing;
    timing.batch_size = 4;
    timing.latencies = {1.5, 2.25};
    row.timings = {timing};
    result.rows.push_back(row);
  }
  result.rows[1].status = Row::Status::kFailed;
  result.rows[1].message = "time: worker killed by signal 9 (out of memory?)";
  return result;
}

TEST_F(DatabaseTest, keeps_stage_results_from_one_opening_to_the_next) {
  {
    Database database(path_);
    EXPECT_FALSE(database.find_stage("k1"));
    database.put_stage(record("k1"));
  }
  Database database(path_);
  const auto found = database.find_stage("k1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->stage, "evaluate");
  EXPECT_EQ(found->subject, "per_channel=True");
  EXPECT_EQ(found->machine, record("k1").machine);
  EXPECT_EQ(found->result, record("k1").result) << "doubles must come back bit for bit";
  EXPECT_EQ(found->seconds, 2.5);
  EXPECT_THAT(found->finished_at, testing::MatchesRegex("....-..-..T..:..:..Z"));
}

TEST_F(DatabaseTest, replaces_the_stage_result_of_a_key) {
  Database database(path_);
  database.put_stage(record("k1"));
  StageRecord second = record("k1");
  second.result = {{"figures", {{"accuracy", 1.0}}}};
  database.put_stage(second);
  EXPECT_EQ(database.find_stage("k1")->result, second.result);
}

TEST_F(DatabaseTest, stores_bytes_that_are_no_utf8) {
  Database database(path_);
  StageRecord odd = record("k1");
  odd.result = {{"predictions", {std::string("caf\xe9")}}};
  database.put_stage(odd);
  EXPECT_EQ(database.find_stage("k1")->result.at("predictions").at(0), "caf\xef\xbf\xbd");
}

TEST_F(DatabaseTest, tells_how_long_a_kind_of_stage_takes) {
  Database database(path_);
  EXPECT_FALSE(database.typical_seconds("evaluate"));
  for (const double seconds : {2.0, 4.0}) {
    StageRecord one = record(std::to_string(seconds));
    one.seconds = seconds;
    database.put_stage(one);
  }
  EXPECT_EQ(database.typical_seconds("evaluate"), 3.0);
  EXPECT_FALSE(database.typical_seconds("time"));
}

TEST_F(DatabaseTest, gives_runs_back_as_they_were) {
  Database database(path_);
  const RunResult first = run_result("20261124-100000-aaaaaa", "2026-11-24T10:00:00Z");
  const RunResult second = run_result("20261124-110000-bbbbbb", "2026-11-24T11:00:00Z");
  database.put_run(first, RunStatus::kFinished, {{"k1", "k2"}, {"k1"}});
  database.put_run(second, RunStatus::kRunning);
  EXPECT_EQ(database.load_run(first.run_id).to_json(), first.to_json());
  EXPECT_EQ(database.load_run("20261124-11").run_id, second.run_id);

  const auto runs = database.runs();
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].run_id, second.run_id);
  EXPECT_EQ(runs[0].status, RunStatus::kRunning);
  EXPECT_EQ(runs[0].finished_at, "");
  EXPECT_EQ(runs[1].status, RunStatus::kFinished);
  EXPECT_NE(runs[1].finished_at, "");
  EXPECT_EQ(runs[1].rows, 2U);
  EXPECT_EQ(runs[1].task, "text-classification");
}

TEST_F(DatabaseTest, replaces_the_rows_of_a_run_that_goes_on) {
  Database database(path_);
  RunResult result = run_result("r", "2026-11-24T10:00:00Z");
  database.put_run(result, RunStatus::kRunning, {{"k1"}, {"k1"}});
  result.rows.pop_back();
  database.put_run(result, RunStatus::kFinished, {{"k1"}});
  EXPECT_EQ(database.load_run("r").rows.size(), 1U);
}

TEST_F(DatabaseTest, removes_a_run_with_its_rows) {
  Database database(path_);
  database.put_run(run_result("r1", "2026-11-24T10:00:00Z"), RunStatus::kFinished, {{"k"}, {"k"}});
  database.put_run(run_result("r2", "2026-11-24T10:00:00Z"), RunStatus::kFinished);
  EXPECT_THROW(database.load_run("r"), Error) << "ambiguous";
  EXPECT_THROW(database.load_run(""), Error);
  database.remove_run("r1");
  EXPECT_THROW(database.load_run("r1"), Error);
  EXPECT_EQ(database.load_run("r").run_id, "r2");
  Connection raw(path_);
  Statement count(raw, "SELECT (SELECT count(*) FROM rows) + (SELECT count(*) FROM row_stages)");
  ASSERT_TRUE(count.step());
  EXPECT_EQ(count.integer(0), 2);
}

/// A process that has a run going in the store, until it is killed or told to end.
class RunningProcess {
 public:
  explicit RunningProcess(const std::filesystem::path& store) {
    std::array<int, 2> ready{};
    if (::pipe(ready.data()) != 0) throw Error("no pipe");
    child_ = ::fork();
    if (child_ == 0) {
      Database database(store);
      database.put_run(run_result("r", "2026-11-24T10:00:00Z"), RunStatus::kRunning);
      const char done = 'x';
      if (::write(ready[1], &done, 1) == 1) ::pause();
      ::_exit(1);
    }
    char done = 0;
    if (::read(ready[0], &done, 1) != 1) throw Error("the process did not start");
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~RunningProcess() { kill(); }
  RunningProcess(const RunningProcess&) = delete;
  RunningProcess& operator=(const RunningProcess&) = delete;

  void kill() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = 0;
  }

 private:
  pid_t child_ = 0;
};

TEST_F(DatabaseTest, shows_a_run_whose_process_was_killed_as_interrupted) {
  RunningProcess process(path_);
  EXPECT_EQ(Database(path_, Access::kRead).runs().at(0).status, RunStatus::kRunning);
  EXPECT_EQ(Database(path_).runs().at(0).status, RunStatus::kRunning);
  process.kill();
  EXPECT_EQ(Database(path_, Access::kRead).runs().at(0).status, RunStatus::kInterrupted);
  EXPECT_EQ(Database(path_).runs().at(0).status, RunStatus::kInterrupted);
  EXPECT_EQ(to_string(RunStatus::kInterrupted), "interrupted");
}

TEST_F(DatabaseTest, shows_a_run_of_its_own_as_running_until_it_ends) {
  Database database(path_);
  const RunResult result = run_result("r", "2026-11-24T10:00:00Z");
  database.put_run(result, RunStatus::kRunning);
  EXPECT_EQ(database.runs().at(0).status, RunStatus::kRunning);
  database.put_run(result, RunStatus::kFinished);
  EXPECT_EQ(database.runs().at(0).status, RunStatus::kFinished);
}

TEST_F(DatabaseTest, shows_what_an_older_release_left_running_as_interrupted) {
  { Database(path_).put_run(run_result("r", "2026-11-24T10:00:00Z"), RunStatus::kRunning); }
  std::filesystem::remove(path_.string() + ".lock");
  EXPECT_EQ(Database(path_, Access::kRead).runs().at(0).status, RunStatus::kInterrupted);
}

/// Runs `body` as a user who cannot write what is in `directory`; whether it gave true.
bool holds_without_write_access(const std::filesystem::path& directory,
                                const std::function<bool()>& body) {
  namespace fs = std::filesystem;
  const auto set = [&](mode_t directories, mode_t files) {
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      ::chmod(entry.path().c_str(), entry.is_directory() ? directories : files);
    }
    ::chmod(directory.c_str(), directories);
  };
  set(0555, 0444);
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0 && (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) ::_exit(2);
    bool holds = false;
    try {
      holds = body();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
    }
    ::_exit(holds ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  set(0755, 0644);
  return status == 0;
}

TEST_F(DatabaseTest, is_read_where_nothing_can_be_written) {
  { Database(path_).put_run(run_result("r", "2026-11-24T10:00:00Z"), RunStatus::kFinished); }
  EXPECT_TRUE(holds_without_write_access(directory_.path(), [&] {
    Database database(path_, Access::kRead);
    return database.runs().size() == 1 && database.load_run("r").rows.size() == 2;
  }));
  EXPECT_FALSE(holds_without_write_access(directory_.path(), [&] {
    Database(path_).remove_run("r");
    return true;
  }));
}

TEST_F(DatabaseTest, is_read_with_the_log_that_a_killed_process_left_where_nothing_can_be_written) {
  for (const bool has_index : {true, false}) {
    SCOPED_TRACE(has_index);
    path_ = directory_.path() / (has_index ? "with" : "without") / "results.sqlite";
    RunningProcess(path_).kill();
    ASSERT_GT(std::filesystem::file_size(path_.string() + "-wal"), 0U);
    if (!has_index) std::filesystem::remove(path_.string() + "-shm");
    EXPECT_TRUE(holds_without_write_access(directory_.path(), [&] {
      Database database(path_, Access::kRead);
      return database.runs().at(0).status == RunStatus::kInterrupted &&
             database.load_run("r").rows.size() == 2;
    }));
  }
}

TEST_F(DatabaseTest, has_no_runs_to_read_where_there_is_none_and_makes_none) {
  EXPECT_TRUE(Database(path_, Access::kRead).runs().empty());
  EXPECT_FALSE(std::filesystem::exists(path_.parent_path()));
  write_text(path_, "");
  EXPECT_TRUE(Database(path_, Access::kRead).runs().empty());
  EXPECT_EQ(std::filesystem::file_size(path_), 0U);
}

TEST_F(DatabaseTest, keeps_what_was_measured_when_the_disk_is_full_in_the_last_write) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::string message;
    try {
      Database database(path_);
      database.put_run(run_result("r", "2026-11-24T10:00:00Z"), RunStatus::kRunning);
      database.put_stage(record("k1"));
      std::signal(SIGXFSZ, SIG_IGN);
      const auto size = std::filesystem::file_size(path_.string() + "-wal");
      const rlimit limit{size + 100, size + 100};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      database.put_run(run_result("r", "2026-11-24T10:00:00Z"), RunStatus::kFinished);
    } catch (const Error& error) {
      message = error.what();
    }
    std::fprintf(stderr, "%s\n", message.c_str());
    const bool right = message.starts_with(path_.string() + ": ") &&
                       message.find("cannot be read or written") != std::string::npos;
    ::_exit(right ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  Database database(path_);
  EXPECT_TRUE(database.find_stage("k1"));
  EXPECT_EQ(database.runs().at(0).status, RunStatus::kInterrupted);
}

TEST_F(DatabaseTest, refuses_a_file_that_is_no_database) {
  write_text(path_, std::string(5000, 'x'));
  const std::string message = message_of_opening();
  EXPECT_THAT(message, HasSubstr(path_.string() + ": is not a quantbench store"));
  EXPECT_THAT(read_text(path_), std::string(5000, 'x')) << "a foreign file must stay as it is";
}

TEST_F(DatabaseTest, refuses_another_programs_database) {
  {
    Connection other(path_);
    other.execute("CREATE TABLE songs (title TEXT)");
  }
  EXPECT_THAT(message_of_opening(), HasSubstr("is the database of another program"));
}

TEST_F(DatabaseTest, refuses_a_store_of_a_newer_quantbench) {
  { const Database database(path_); }
  {
    Connection raw(path_);
    raw.execute("PRAGMA user_version = 4711");
  }
  EXPECT_THAT(message_of_opening(), HasSubstr("has schema 4711"));
}

TEST_F(DatabaseTest, refuses_a_damaged_store_with_one_line) {
  {
    Database database(path_);
    for (int i = 0; i < 200; ++i) database.put_stage(record("key" + std::to_string(i)));
    Connection raw(path_);
    Statement(raw, "PRAGMA wal_checkpoint(TRUNCATE)").run();
  }
  std::string bytes = read_text(path_);
  ASSERT_GT(bytes.size(), 8192U);
  for (std::size_t i = 4096; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31);
  write_text(path_, bytes);
  std::string message;
  try {
    Database database(path_);
    for (int i = 0; i < 200; ++i) database.find_stage("key" + std::to_string(i));
  } catch (const Error& error) {
    message = error.what();
  }
  EXPECT_THAT(message, HasSubstr(path_.string()));
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

TEST_F(DatabaseTest, refuses_a_place_that_cannot_be_written) {
  write_text(directory_.path() / "file", "");
  path_ = directory_.path() / "file" / "results.sqlite";
  EXPECT_THAT(message_of_opening(), HasSubstr(directory_.path().string()));
}

TEST_F(DatabaseTest, refuses_a_directory_a_pipe_or_a_device_by_name_and_does_not_wait) {
  path_ = directory_.path();
  EXPECT_THAT(message_of_opening(), HasSubstr(path_.string() + ": is a directory"));
  path_ = directory_.path() / "pipe";
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  for (const char* path : {path_.c_str(), "/dev/null"}) {
    path_ = path;
    EXPECT_THAT(message_of_opening(), HasSubstr(path_.string() + ": is not a regular file"));
    EXPECT_THROW(Connection(path_, Access::kRead), Error);
  }
}

TEST_F(DatabaseTest, is_shared_by_processes_that_open_it_at_the_same_time) {
  constexpr int kProcesses = 4;
  constexpr int kRecords = 25;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t child = ::fork();
    if (child == 0) {
      int status = 0;
      try {
        Database database(path_);
        for (int i = 0; i < kRecords; ++i) {
          database.put_stage(record(std::to_string(p) + "-" + std::to_string(i)));
        }
      } catch (const std::exception& error) {
        std::fprintf(stderr, "process %d: %s\n", p, error.what());
        status = 1;
      }
      ::_exit(status);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  Database database(path_);
  for (int p = 0; p < kProcesses; ++p) {
    for (int i = 0; i < kRecords; ++i) {
      EXPECT_TRUE(database.find_stage(std::to_string(p) + "-" + std::to_string(i)));
    }
  }
}

// One file per schema version, written by the release with that version. Each must open forever.
TEST_F(DatabaseTest, opens_what_every_older_release_left_and_keeps_its_runs_and_measurements) {
  for (int version = 1; version <= newest_schema(); ++version) {
    const auto path = directory_.path() / ("schema_" + std::to_string(version) + ".sqlite");
    {
      Connection older(path);
      // Tables are listed by name, so rows come before the tables that they refer to.
      older.execute("PRAGMA foreign_keys = OFF");
      older.execute(read_text(std::filesystem::path(QUANTBENCH_TEST_DATA) / "store" /
                              ("schema_" + std::to_string(version) + ".sql")));
      ASSERT_EQ(older.pragma("user_version"), version);
    }
    Database database(path);
    EXPECT_EQ(Connection(path).pragma("user_version"), newest_schema());
    ASSERT_EQ(database.runs().size(), 1U);
    const RunResult run = database.load_run(database.runs().front().run_id);
    ASSERT_EQ(run.rows.size(), 2U);
    EXPECT_EQ(run.rows[0].evaluation.at("accuracy"), 0.85);
    EXPECT_GT(run.rows[0].timings.at(0).latencies.size(), 0U);
    EXPECT_TRUE(database.typical_seconds("time"));
    database.remove_run(run.run_id);
    EXPECT_TRUE(database.runs().empty());
  }
}

}  // namespace
}  // namespace quantbench::store
