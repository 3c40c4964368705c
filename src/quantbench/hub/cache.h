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

  /// The commit that the revision stood for when it was last asked for, or the revision itself
  /// when it is a commit; nullopt when unknown or when nothing of that commit is there.
  std::optional<std::string> cached_commit(const std::string& revision) const;
  /// Files of the commit that are there, sorted.
  std::vector<std::string> cached_files(const std::string& commit) const;
  bool has(const std::string& commit, const std::string& file) const;

  /// Notes the commit of a branch or tag. Throws Error.
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

/// Holds the file's lock alone; waits for it. `keep_waiting` is asked every 50 ms while another has
/// it, and may throw. Where the file system has no locks, nobody waits. Throws Error when the file
/// cannot be made.
FileLock lock_alone(const std::filesystem::path& path, const std::function<void()>& keep_waiting);

}  // namespace quantbench::hub
