#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "quantbench/base/file.h"

struct sqlite3;
struct sqlite3_stmt;

namespace quantbench::store {

class Connection;

/// One prepared SQL statement with its parameters. Text is copied in and out. Every member throws
/// Error naming the file.
class Statement {
 public:
  Statement(Connection& connection, std::string_view sql);

  /// Binds the next parameter.
  Statement& bind(std::string_view value);
  Statement& bind(const char* value) { return bind(std::string_view(value)); }
  Statement& bind(std::int64_t value);
  Statement& bind(double value);
  Statement& bind_null();

  /// Goes to the next row; false at the end.
  bool step();
  /// Runs to the end.
  void run() {
    while (step()) {
    }
  }

  /// Columns of the current row, from 0. NULL is "" and 0.
  std::string text(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  bool is_null(int column) const;

 private:
  Connection& connection_;
  std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement_;
  int bound_ = 0;
};

enum class Access {
  kWrite,  ///< the file is created when it is missing
  kRead
};

/// An open SQLite file (https://www.sqlite.org/c3ref/intro.html): foreign keys on, write-ahead log
/// where the file system can have one, waiting up to ten seconds for another process's writes.
class Connection {
 public:
  /// Throws Error. To read, a missing or empty file is as a new one, which lives in memory; and
  /// where SQLite cannot make the files that it wants beside a write-ahead log (a directory or a
  /// disk that cannot be written), the file is read as one that does not change, or a copy of it
  /// with the log that a killed process left.
  explicit Connection(const std::filesystem::path& path, Access access = Access::kWrite);

  /// Runs one or more statements without parameters.
  void execute(const std::string& sql);
  /// Integer result of a PRAGMA such as "user_version".
  std::int64_t pragma(const std::string& name);
  /// Asks for the write-ahead log, with which readers never wait for a writer. A file system that
  /// cannot have it keeps the rollback journal; all works without. SQLite answers "busy" here at
  /// once, whatever the timeout, while another process reads or writes the file (two that open a
  /// new store together), so this waits itself.
  void use_write_ahead_log();
  /// Runs `body` inside a transaction that holds the write lock from its start; rolls back when
  /// `body` throws.
  void transaction(const std::function<void()>& body);
  /// Runs `body`, whose statements all see the file as it is at its first read.
  void read(const std::function<void()>& body);

  const std::filesystem::path& path() const { return path_; }
  /// Throws Error with SQLite's message, in words for the cases that users meet.
  [[noreturn]] void fail(int code) const;

 private:
  friend class Statement;
  void run(const char* begin, const std::function<void()>& body);
  /// SQLite's result code of opening, and of a first look into the file when `looks`.
  int open(const std::string& name, int flags, bool looks);
  void open_to_read();

  std::filesystem::path path_;
  /// Holds the copy that is read.
  std::unique_ptr<TemporaryDirectory> copy_;
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> handle_;
};

}  // namespace quantbench::store
