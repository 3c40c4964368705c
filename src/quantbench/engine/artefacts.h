#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "quantbench/base/json.h"
#include "quantbench/engine/cache_lock.h"

namespace quantbench::engine {

/// A directory being filled; removed with what is in it unless the cache took it.
class Staging {
 public:
  explicit Staging(std::filesystem::path directory);
  ~Staging();
  Staging(Staging&& other) noexcept;
  Staging& operator=(Staging&&) = delete;
  const std::filesystem::path& path() const { return directory_; }

 private:
  friend class ArtefactCache;
  std::filesystem::path directory_;
};

/// Where a cache in `root` keeps the artefact of a stage.
std::filesystem::path artefact_directory(const std::filesystem::path& root, const std::string& key);

/// Directories of files that stages made (models), by stage key, each with the stage's result
/// beside the files. Safe with several processes: an artefact appears whole or not at all.
class ArtefactCache {
 public:
  /// Creates the directory. Throws Error.
  explicit ArtefactCache(std::filesystem::path root);

  std::filesystem::path directory(const std::string& key) const;
  /// Result of the stage that made the artefact; nullopt when it is not there or its files are not
  /// those that were written. It counts as used then (cache_contents.h).
  std::optional<Json> find(const std::string& key) const;
  /// An empty directory on the same file system. Throws Error.
  Staging stage(const std::string& key) const;
  /// Moves the filled directory to its place. When another process was faster, its artefact (made
  /// of the same inputs) stays. Throws Error.
  void commit(Staging staging, const std::string& key, const Json& result) const;

 private:
  std::filesystem::path root_;
  /// While it lives nothing is removed.
  std::optional<FileLock> lock_;
};

/// Name, size and SHA-256 of each file below `directory`, and "content": one hash over all of it.
Json describe_artefact(const std::filesystem::path& directory);

/// Total size of an artefact's files, from its description.
std::int64_t artefact_bytes(const Json& description);

}  // namespace quantbench::engine
