#include "quantbench/hub/cache.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/text.h"

namespace quantbench::hub {

namespace fs = std::filesystem;

namespace {

/// https://bford.info/cachedir/
constexpr std::string_view kCacheTag =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This file marks a directory of files downloaded from the Hugging Face Hub, which can be\n"
    "# downloaded again. See https://bford.info/cachedir/\n";

void make_directories(const fs::path& path) {
  std::error_code failure;
  fs::create_directories(path, failure);
  if (failure) throw Error("cannot create the directory: " + failure.message(), path.string());
}

/// Makes a directory below `root`. Other users may write to a shared cache: none of the directories
/// on the way may be a link, which would lead what is written elsewhere.
void make_inner_directories(const fs::path& root, const fs::path& directory) {
  make_directories(root);
  fs::path path = root;
  for (const fs::path& part : directory.lexically_relative(root)) {
    path /= part;
    std::error_code failure;
    fs::create_directory(path, failure);
    if (fs::is_symlink(fs::symlink_status(path, failure))) {
      throw Error("is a symbolic link; a Hub cache has links only in place of files", path.string(),
                  "remove it");
    }
    if (!fs::is_directory(path, failure)) make_directories(path);
  }
}

}  // namespace

RepositoryCache::RepositoryCache(fs::path cache, const Repository& repository)
    : cache_(std::move(cache)),
      root_(cache_ / repository.folder()),
      locks_(cache_ / ".locks" / repository.folder()) {}

fs::path RepositoryCache::snapshot(const std::string& commit) const {
  return root_ / "snapshots" / commit;
}

fs::path RepositoryCache::blob(const std::string& etag) const { return root_ / "blobs" / etag; }

std::optional<std::string> RepositoryCache::cached_commit(const std::string& revision) const {
  std::string commit = revision;
  std::error_code ignored;
  if (!is_commit(commit)) {
    const fs::path ref = root_ / "refs" / revision;
    if (!fs::is_regular_file(ref, ignored)) return std::nullopt;
    commit = trim(read_text(ref));
  }
  if (!is_commit(commit) || !fs::is_directory(snapshot(commit), ignored)) return std::nullopt;
  return commit;
}

std::vector<std::string> RepositoryCache::cached_files(const std::string& commit) const {
  std::vector<std::string> files;
  std::error_code failure;
  const fs::path root = snapshot(commit);
  for (auto entry = fs::recursive_directory_iterator(root, failure);
       !failure && entry != fs::recursive_directory_iterator(); entry.increment(failure)) {
    std::error_code ignored;
    // A link to a missing blob counts as missing.
    if (entry->is_regular_file(ignored)) {
      files.push_back(entry->path().lexically_relative(root).generic_string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool RepositoryCache::has(const std::string& commit, const std::string& file) const {
  std::error_code ignored;
  return fs::is_regular_file(snapshot(commit) / file, ignored);
}

void RepositoryCache::remember(const std::string& revision, const std::string& commit) const {
  if (revision == commit) return;
  const fs::path ref = root_ / "refs" / revision;
  std::error_code ignored;
  if (fs::is_regular_file(ref, ignored) && read_text(ref) == commit) return;
  make_inner_directories(root_, ref.parent_path());
  write_text(ref, commit, AtomicFile::Target::kReplaced);
}

void RepositoryCache::link(const std::string& commit, const std::string& file,
                           const std::string& etag) const {
  const fs::path pointer = snapshot(commit) / file;
  make_inner_directories(root_, pointer.parent_path());
  const fs::path target = blob(etag).lexically_relative(pointer.parent_path());
  std::error_code failure;
  fs::create_symlink(target, pointer, failure);
  if (!failure || has(commit, file)) return;
  // The link existed, but its blob is missing.
  fs::remove(pointer, failure);
  fs::create_symlink(target, pointer, failure);
  if (failure && !has(commit, file)) {
    throw Error("cannot create the link: " + failure.message(), pointer.string());
  }
}

fs::path RepositoryCache::lock_file(const std::string& etag) const {
  return locks_ / (etag + ".lock");
}

void RepositoryCache::prepare() const {
  make_inner_directories(root_, root_ / "blobs");
  make_directories(locks_);
  std::error_code ignored;
  const fs::path tag = cache_ / "CACHEDIR.TAG";
  if (!fs::exists(tag, ignored)) write_text(tag, kCacheTag, AtomicFile::Target::kReplaced);
}

FileLock lock_alone(const fs::path& path, const std::function<void()>& keep_waiting) {
  while (true) {
    FileLock lock(path, 0664);
    while (lock.attempt(FileLock::Kind::kAlone) == FileLock::Outcome::kHeldElsewhere) {
      keep_waiting();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    // Other tools remove the file when they finish.
    if (!lock.is_removed()) return lock;
  }
}

}  // namespace quantbench::hub
