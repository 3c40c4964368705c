#include "quantbench/store/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "quantbench/base/error.h"

namespace quantbench::store {

namespace {

constexpr std::chrono::milliseconds kBusyTimeout{10'000};
constexpr std::chrono::milliseconds kBusyPause{5};

/// What SQLite keeps beside the file and may not have written back to it yet.
constexpr std::array<const char*, 2> kCompanions = {"-wal", "-journal"};

/// Whether SQLite could not do what it does beside or in the file, so that reading it alone helps.
bool needs_no_companions(int code) {
  switch (code & 0xff) {
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_FULL:
    case SQLITE_IOERR:
      return true;
    default:
      return false;
  }
}

/// What the system said, where SQLite remembers it.
std::string system_reason(sqlite3* handle, int code) {
  const int reason = handle != nullptr ? sqlite3_system_errno(handle) : 0;
  return reason != 0 ? std::generic_category().message(reason) : sqlite3_errstr(code);
}

bool has_companion(const std::filesystem::path& path) {
  return std::ranges::any_of(kCompanions, [&](const char* suffix) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(path.string() + suffix, failure);
    return !failure && size > 0;
  });
}

/// The path of the copy. Throws Error.
std::string copy_with_companions(const std::filesystem::path& path,
                                 const std::filesystem::path& directory) {
  const std::filesystem::path copy = directory / "copy.sqlite";
  std::error_code failure;
  std::filesystem::copy_file(path, copy, failure);
  if (failure) throw Error("cannot copy the store to read it: " + failure.message(), path.string());
  for (const char* suffix : kCompanions) {
    std::error_code missing;
    std::filesystem::copy_file(path.string() + suffix, copy.string() + suffix, missing);
  }
  // Copies have the permissions of what they are copies of.
  std::filesystem::permissions(copy, std::filesystem::perms::owner_write,
                               std::filesystem::perm_options::add, failure);
  return copy.string();
}

/// SQLite waits for ever at a FIFO, and says "disk I/O error" of a device.
void require_file_or_none(const std::filesystem::path& path) {
  std::error_code failure;
  const auto kind = std::filesystem::status(path, failure).type();
  using Kind = std::filesystem::file_type;
  if (kind == Kind::regular || kind == Kind::not_found || kind == Kind::none) return;
  if (kind == Kind::unknown) return;  // may not be looked at: SQLite says why
  throw Error(kind == Kind::directory ? "is a directory" : "is not a regular file", path.string(),
              "name a file with --store or QUANTBENCH_STORE");
}

/// A URI (https://www.sqlite.org/uri.html) by which SQLite takes no locks and makes no files.
std::string immutable_name(const std::filesystem::path& path) {
  std::string out = "file:";
  for (const char c : std::filesystem::absolute(path).string()) {
    if (c == '?' || c == '#' || c == '%') {
      out += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + "?immutable=1";
}

}  // namespace

Statement::Statement(Connection& connection, std::string_view sql)
    : connection_(connection), statement_(nullptr, sqlite3_finalize) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(connection.handle_.get(), sql.data(),
                                      static_cast<int>(sql.size()), &statement, nullptr);
  statement_.reset(statement);
  if (code != SQLITE_OK) connection.fail(code);
}

Statement& Statement::bind(std::string_view value) {
  const int code = sqlite3_bind_text64(statement_.get(), ++bound_, value.data(), value.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) connection_.fail(code);
  return *this;
}

Statement& Statement::bind(std::int64_t value) {
  const int code = sqlite3_bind_int64(statement_.get(), ++bound_, value);
  if (code != SQLITE_OK) connection_.fail(code);
  return *this;
}

Statement& Statement::bind(double value) {
  const int code = sqlite3_bind_double(statement_.get(), ++bound_, value);
  if (code != SQLITE_OK) connection_.fail(code);
  return *this;
}

Statement& Statement::bind_null() {
  const int code = sqlite3_bind_null(statement_.get(), ++bound_);
  if (code != SQLITE_OK) connection_.fail(code);
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  connection_.fail(code);
}

std::string Statement::text(int column) const {
  const auto* data = sqlite3_column_text(statement_.get(), column);
  if (data == nullptr) return {};
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return {reinterpret_cast<const char*>(data), size};
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

Connection::Connection(const std::filesystem::path& path, Access access)
    : path_(path), handle_(nullptr, sqlite3_close_v2) {
  require_file_or_none(path);
  if (access == Access::kRead) {
    open_to_read();
  } else {
    std::error_code failure;
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failure);
    if (failure) throw Error("cannot create the directory: " + failure.message(), path.string());
    const int code = open(path.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, false);
    if (code != SQLITE_OK) fail(code);
  }
  execute("PRAGMA foreign_keys = ON");
}

int Connection::open(const std::string& name, int flags, bool looks) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags | SQLITE_OPEN_FULLMUTEX, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) return code;
  sqlite3_busy_timeout(handle, static_cast<int>(kBusyTimeout.count()));
  sqlite3_extended_result_codes(handle, 1);
  if (!looks) return SQLITE_OK;
  return sqlite3_exec(handle, "SELECT count(*) FROM sqlite_master", nullptr, nullptr, nullptr);
}

void Connection::open_to_read() {
  std::error_code failure;
  const auto size = std::filesystem::file_size(path_, failure);
  if (failure == std::errc::no_such_file_or_directory || (!failure && size == 0)) {
    if (const int code = open(":memory:", SQLITE_OPEN_READWRITE, false); code != SQLITE_OK) {
      fail(code);
    }
    return;
  }
  // Where the file can be written SQLite may tidy up what a killed process left beside it.
  int code = open(path_.string(), SQLITE_OPEN_READWRITE, true);
  if (needs_no_companions(code)) {
    if (has_companion(path_)) {
      copy_ = std::make_unique<TemporaryDirectory>();
      code = open(copy_with_companions(path_, copy_->path()), SQLITE_OPEN_READWRITE, true);
    } else {
      code = open(immutable_name(path_), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, true);
    }
  }
  if (code != SQLITE_OK) fail(code);
}

void Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

std::int64_t Connection::pragma(const std::string& name) {
  Statement statement(*this, "PRAGMA " + name);
  return statement.step() ? statement.integer(0) : 0;
}

void Connection::use_write_ahead_log() {
  const auto deadline = std::chrono::steady_clock::now() + kBusyTimeout;
  for (;;) {
    const int code =
        sqlite3_exec(handle_.get(), "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return;
    const bool busy = (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED;
    if (!busy || std::chrono::steady_clock::now() >= deadline) fail(code);
    std::this_thread::sleep_for(kBusyPause);
  }
}

void Connection::transaction(const std::function<void()>& body) { run("BEGIN IMMEDIATE", body); }

void Connection::read(const std::function<void()>& body) { run("BEGIN DEFERRED", body); }

void Connection::run(const char* begin, const std::function<void()>& body) {
  execute(begin);
  try {
    body();
    execute("COMMIT");
  } catch (...) {
    sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

void Connection::fail(int code) const {
  const std::string where = path_.string();
  switch (code & 0xff) {
    case SQLITE_NOTADB:
      throw Error("is not a quantbench store (not an SQLite file)", where,
                  "name another file with --store or QUANTBENCH_STORE");
    case SQLITE_CORRUPT:
      throw Error("the store is damaged", where, "move it away; a new one is made");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Error("another process holds the store's lock", where, "try again when it is done");
    case SQLITE_FULL:
      throw Error("the disk is full", where);
    case SQLITE_READONLY:
    case SQLITE_PERM:
      throw Error("the store cannot be written", where);
    case SQLITE_CANTOPEN:
      throw Error("the store cannot be opened or created", where);
    case SQLITE_IOERR:
      throw Error("the store cannot be read or written: " + system_reason(handle_.get(), code),
                  where);
    default:
      break;
  }
  const char* message = handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
  throw Error(std::string("SQLite: ") + message, where);
}

}  // namespace quantbench::store
