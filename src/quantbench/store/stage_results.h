#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/name_locks.h"
#include "quantbench/store/database.h"

namespace quantbench::store {

/// Where an executor finds and keeps the results of stages, by key.
class StageResults {
 public:
  virtual ~StageResults() = default;
  virtual std::optional<StageRecord> find(const std::string& key) = 0;
  virtual void put(const StageRecord& record) = 0;
  /// Mean wall time of the latest results of a kind of stage, seconds; nullopt when there are none.
  virtual std::optional<double> typical_seconds(const std::string& stage) = 0;
  /// Locks by stage key: of those who share the results one measures, the others wait.
  virtual NameLocks& locks() = 0;
};

/// The results in a store. A new result replaces the one of the same key.
class DatabaseResults final : public StageResults {
 public:
  /// `database` must outlive it.
  explicit DatabaseResults(Database& database) : database_(database) {}
  std::optional<StageRecord> find(const std::string& key) override {
    return database_.find_stage(key);
  }
  void put(const StageRecord& record) override { database_.put_stage(record); }
  std::optional<double> typical_seconds(const std::string& stage) override {
    return database_.typical_seconds(stage);
  }
  NameLocks& locks() override { return database_.locks(); }

 private:
  Database& database_;
};

/// The results in a directory, one file a result: DIR/KEY.json. For machines that share a directory
/// in which SQLite is not safe, and for results that are copied away while others are still
/// measured. A file appears whole or not at all (written beside, synced, then link(2)), and the
/// first of a key stays.
class FileResults final : public StageResults {
 public:
  /// Creates the directory. `lock_file`: on this machine, not in a shared directory. Throws Error.
  FileResults(std::filesystem::path directory, const std::filesystem::path& lock_file);

  /// A file that cannot be read as a record is removed: its stage is measured again.
  std::optional<StageRecord> find(const std::string& key) override;
  /// Throws Error naming the file.
  void put(const StageRecord& record) override;
  std::optional<double> typical_seconds(const std::string&) override { return std::nullopt; }
  NameLocks& locks() override { return locks_; }

  /// Keys of the results that lie there.
  std::vector<std::string> keys() const;

 private:
  std::filesystem::path file_of(const std::string& key) const;

  std::filesystem::path directory_;
  NameLocks locks_;
};

/// Writes `text` to a new file beside `target`, syncs it, and gives it the name `target` unless a
/// file has it already. Returns whether it is the one that stays. Throws Error.
bool write_first(const std::filesystem::path& target, const std::string& text);

}  // namespace quantbench::store
