#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/file_lock.h"
#include "quantbench/hub/repository.h"

namespace quantbench::hub {

/// One repository in the cache directory that all tools of the Hub share
/// (https://huggingface.co/docs/huggingface_hub/guides/manage-cache):
///
///     models--OWNER--NAME/refs/REVISION              the commit that a branch or tag stood for
///     models--OWNER--NAME/blobs/ETAG                 a file's content, once
///     models--OWNER--NAME/snapshots/COMMIT/FILE      -> ../../blobs/ETAG
///     .locks/models--OWNER--NAME/ETAG.lock           held (flock) by who downloads
class RepositoryCache {
 public:
  RepositoryCache(std::filesystem::path cache, const Repository& repository);

  std::filesystem::path snapshot(const std::string& commit) const;
  std::filesystem::path blob(const std::string& etag) const;

  /// The commit that the revision stood for at the last request, or the revision itself if it is a
  /// commit. nullopt if it is unknown or the commit has no files here.
  std::optional<std::string> cached_commit(const std::string& revision) const;
  /// Files of the commit in the cache, sorted.
  std::vector<std::string> cached_files(const std::string& commit) const;
  bool has(const std::string& commit, const std::string& file) const;

  /// Stores the commit of a branch or tag. Throws Error.
  void remember(const std::string& revision, const std::string& commit) const;
  /// Makes snapshots/COMMIT/FILE a relative link to the blob. Throws Error.
  void link(const std::string& commit, const std::string& file, const std::string& etag) const;

  std::filesystem::path lock_file(const std::string& etag) const;
  /// Creates the directories for blobs and locks, and CACHEDIR.TAG. Throws Error.
  void prepare() const;

 private:
  std::filesystem::path cache_;
  std::filesystem::path root_;
  std::filesystem::path locks_;
};

/// Locks the file exclusively, and waits for the lock. `keep_waiting` is called every 50 ms during
/// the wait and may throw. Does not wait if the file system has no locks. Throws Error if the file
/// cannot be created.
FileLock lock_alone(const std::filesystem::path& path, const std::function<void()>& keep_waiting);

}  // namespace quantbench::hub
