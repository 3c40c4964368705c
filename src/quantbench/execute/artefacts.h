#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/name_locks.h"
#include "quantbench/base/owned_tree.h"
#include "quantbench/base/record.h"
#include "quantbench/execute/cache_lock.h"

namespace quantbench::execute {

/// A directory being filled; removed with what is in it unless the cache took it. Lives no longer
/// than the cache. While it lives no other run takes it for what a killed run left, even when a
/// clock says so.
class Staging {
 public:
  Staging(const OwnedTree& cache, NameLocks& locks, std::filesystem::path below);
  ~Staging();
  Staging(Staging&& other) noexcept;
  Staging& operator=(Staging&&) = delete;
  std::filesystem::path path() const { return cache_.root() / below_; }

 private:
  friend class ArtefactCache;
  const OwnedTree& cache_;
  NameLocks& locks_;
  /// "staging/KEY16-XXXXXX"; empty: moved from.
  std::filesystem::path below_;
  bool is_taken_ = false;
};

/// Where a cache in `root` keeps the artefact of a stage.
std::filesystem::path artefact_directory(const std::filesystem::path& root, const std::string& key);

/// What an artefact consists of.
struct ArtefactDescription {
  struct File {
    std::string name;
    std::uint64_t bytes = 0;
    std::string sha256;

    static constexpr auto fields() {
      return std::tuple(field("name", &File::name), field("bytes", &File::bytes),
                        field("sha256", &File::sha256));
    }
  };
  /// One hash over names, sizes and hashes of the files.
  std::string content;
  std::vector<File> files;

  static constexpr auto fields() {
    return std::tuple(field("content", &ArtefactDescription::content),
                      field("files", &ArtefactDescription::files));
  }
  std::int64_t total_bytes() const;
};

/// Looks at each file below `directory`.
ArtefactDescription describe_artefact(const std::filesystem::path& directory);

/// An artefact and the result of the stage that made it, as the cache keeps them beside the files.
struct ArtefactResult {
  Json result;
  ArtefactDescription artefact;

  static constexpr auto fields() {
    return std::tuple(field("result", &ArtefactResult::result),
                      field("artefact", &ArtefactResult::artefact));
  }
};

/// What a cache has under a key.
struct CachedArtefactResult {
  /// nullopt when it is not there or is damaged.
  std::optional<ArtefactResult> found;
  /// Why it is not trusted: "DIRECTORY/model.onnx: the content is not what was written". Empty
  /// unless it is damaged.
  std::string damage;
};

/// Directories of files that stages made (models), by stage key, each with the stage's result
/// beside the files. Safe with several processes: an artefact appears whole or not at all. For one
/// thread.
///
/// What lies there is not trusted by its name: each file must have the SHA-256 that the result
/// gives. Hashing takes some 60 ms for 90 MB, so it is done once an object and artefact, and again
/// only when the file system says that a file was touched since (size, inode, mtime, ctime).
class ArtefactCache {
 public:
  /// Creates the directory, or takes over the cache of an earlier run, and removes what killed runs
  /// left half-made more than a day ago. Throws Error when it is something else than a cache of
  /// ours (see cache_directory.h).
  explicit ArtefactCache(const std::filesystem::path& root);
  ArtefactCache(const ArtefactCache&) = delete;
  ArtefactCache& operator=(const ArtefactCache&) = delete;

  std::filesystem::path directory(const std::string& key) const;
  /// It counts as used then (cache_contents.h).
  CachedArtefactResult look_up(const std::string& key);
  /// The result alone.
  std::optional<ArtefactResult> find(const std::string& key) { return look_up(key).found; }
  /// Whether the files of an artefact have the sizes that were written, whatever their content:
  /// older releases, which looked at nothing else, used it then.
  bool has_written_sizes(const std::string& key) const;
  /// An empty directory on the same file system. Throws Error.
  Staging stage(const std::string& key);
  /// Moves the filled directory to its place. When another process was faster, its artefact (made
  /// of the same inputs) stays; a damaged one is replaced. Throws Error.
  void commit(Staging staging, const std::string& key, const ArtefactResult& result);
  /// Removes an artefact, if it is there, so that it is made again. Throws Error.
  void discard(const std::string& key);
  /// Locks by stage key, for runs that share the cache: one makes an artefact, the others wait.
  NameLocks& stage_locks() { return stage_locks_; }

 private:
  OwnedTree tree_;
  /// While it lives nothing is removed.
  std::optional<FileLock> lock_;
  NameLocks stage_locks_;
  /// Of the artefacts whose content was compared: what the file system says of their files.
  std::map<std::string, std::string> verified_;
};

}  // namespace quantbench::execute
