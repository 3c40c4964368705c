#include "quantbench/execute/artefacts.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/hash.h"
#include "quantbench/base/log.h"
#include "quantbench/execute/cache_directory.h"

namespace quantbench::execute {

namespace {

namespace fs = std::filesystem;

constexpr const char* kResultFile = "result.json";
constexpr const char* kStageLocks = "stages.lock";
/// What a killed run left half-made is removed when it is this old.
constexpr std::chrono::hours kStaleAfter{24};

fs::path below_root(const std::string& key) {
  return fs::path("artefacts") / key.substr(0, 2) / key;
}

/// Only directories that a run made and none is filling; whatever else lies there is somebody's.
void remove_stale(const OwnedTree& tree) {
  const NameLocks locks(tree.root() / kStageLocks, NameLocks::Access::kAsk);
  std::error_code failure;
  for (auto entry = fs::directory_iterator(tree.root() / "staging", failure);
       !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
    std::error_code gone;
    const std::string name = entry->path().filename().string();
    if (!is_staging_name(name)) continue;
    if (entry->symlink_status(gone).type() != fs::file_type::directory) continue;
    const auto written = fs::last_write_time(entry->path(), gone);
    if (gone || fs::file_time_type::clock::now() - written < kStaleAfter) continue;
    const fs::path below = fs::path("staging") / name;
    if (locks.ask(below.string()) == NameLocks::Outcome::kHeldElsewhere) continue;
    try {
      tree.remove(below);
    } catch (const Error& error) {
      spdlog::debug("{}", error.what());  // the directory of another user, for example
    }
  }
}

std::string nanoseconds(const timespec& time) {
  return std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec);
}

/// Changes whenever a file is written, replaced or removed.
std::string fingerprint(const fs::path& directory, const ArtefactDescription& artefact) {
  std::string out;
  for (const ArtefactDescription::File& file : artefact.files) {
    struct stat found {};
    const fs::path path = directory / file.name;
    if (::stat(path.c_str(), &found) != 0) return {};
    out += std::to_string(found.st_ino) + " " + std::to_string(found.st_size) + " " +
           nanoseconds(found.st_mtim) + " " + nanoseconds(found.st_ctim) + "\n";
  }
  return out;
}

/// What is wrong with one file of an artefact; empty: nothing.
std::string damage_of_file(const fs::path& path, const ArtefactDescription::File& file) {
  std::error_code failure;
  const fs::file_status status = fs::status(path, failure);
  if (!fs::exists(status)) return path.string() + ": the file is missing";
  if (!fs::is_regular_file(status)) return path.string() + ": is not a regular file";
  const std::uintmax_t size = fs::file_size(path, failure);
  if (size != file.bytes) {
    return path.string() + ": the file has " + std::to_string(size) + " bytes, " +
           std::to_string(file.bytes) + " were written";
  }
  if (sha256_file(path) != file.sha256) {
    return path.string() + ": the content is not what was written";
  }
  return {};
}

std::string hash_of(const std::vector<ArtefactDescription::File>& files) {
  return sha256(to_line(record_to_json(files)));
}

/// The same of all files, and of their description.
std::string damage_of(const fs::path& directory, const ArtefactDescription& artefact) {
  for (const ArtefactDescription::File& file : artefact.files) {
    std::string damage = damage_of_file(directory / file.name, file);
    if (!damage.empty()) return damage;
  }
  if (artefact.content != hash_of(artefact.files)) {
    return (directory / kResultFile).string() + ": the hash of the files is not theirs";
  }
  return {};
}

/// The file kResultFile.
struct ResultFile {
  ArtefactResult kept;
  std::string sha256;  ///< of `kept`

  static constexpr auto fields() {
    return std::tuple(field("kept", &ResultFile::kept), field("sha256", &ResultFile::sha256));
  }
};

std::string hash_of(const ArtefactResult& result) {
  return sha256(to_line(record_to_json(result)));
}

/// Throws Error when it is damaged.
ArtefactResult read_result(const fs::path& path) {
  auto file = record_from_json<ResultFile>(read_json(path), path.string());
  if (file.sha256 != hash_of(file.kept)) {
    throw Error("the content is not what was written", path.string());
  }
  return std::move(file.kept);
}

}  // namespace

Staging::Staging(const OwnedTree& cache, NameLocks& locks, fs::path below)
    : cache_(cache), locks_(locks), below_(std::move(below)) {
  locks_.attempt(below_.string());
}

Staging::Staging(Staging&& other) noexcept
    : cache_(other.cache_),
      locks_(other.locks_),
      below_(std::exchange(other.below_, {})),
      is_taken_(other.is_taken_) {}

Staging::~Staging() {
  if (below_.empty()) return;
  try {
    if (!is_taken_) cache_.remove(below_);
  } catch (const Error& error) {
    spdlog::debug("{}", error.what());
  }
  locks_.release(below_.string());
}

ArtefactCache::ArtefactCache(const fs::path& root)
    : tree_(claim_cache_directory(root)),
      lock_(share_cache(root)),
      stage_locks_(root / kStageLocks, NameLocks::Access::kHold) {
  remove_stale(tree_);
}

fs::path artefact_directory(const fs::path& root, const std::string& key) {
  return root / below_root(key);
}

fs::path ArtefactCache::directory(const std::string& key) const {
  return artefact_directory(tree_.root(), key);
}

CachedArtefactResult ArtefactCache::look_up(const std::string& key) {
  const fs::path place = directory(key);
  std::error_code ignored;
  if (!fs::exists(place, ignored)) return {};
  CachedArtefactResult found;
  try {
    ArtefactResult result = read_result(place / kResultFile);
    const std::string now = fingerprint(place, result.artefact);
    const auto known = verified_.find(key);
    if (now.empty() || known == verified_.end() || known->second != now) {
      found.damage = damage_of(place, result.artefact);
      verified_[key] = now;
    }
    if (found.damage.empty()) {
      fs::last_write_time(place, fs::file_time_type::clock::now(), ignored);
      found.found = std::move(result);
      return found;
    }
  } catch (const Error& error) {
    found.damage = error.what();
  }
  verified_.erase(key);
  return found;
}

bool ArtefactCache::has_written_sizes(const std::string& key) const {
  const fs::path place = directory(key);
  try {
    const ArtefactResult result = read_result(place / kResultFile);
    return std::ranges::all_of(result.artefact.files, [&](const ArtefactDescription::File& file) {
      std::error_code missing;
      const auto size = fs::file_size(place / file.name, missing);
      return !missing && size == file.bytes;
    });
  } catch (const Error&) {
    return false;  // damaged in another way
  }
}

Staging ArtefactCache::stage(const std::string& key) {
  std::string name = (tree_.root() / "staging" / (key.substr(0, 16) + "-XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw Error("cannot create a directory: " + std::generic_category().message(errno), name);
  }
  return {tree_, stage_locks_, fs::path("staging") / fs::path(name).filename()};
}

void ArtefactCache::commit(Staging staging, const std::string& key, const ArtefactResult& result) {
  const ResultFile file{result, hash_of(result)};
  write_text(staging.path() / kResultFile, to_line(record_to_json(file)) + "\n");
  const fs::path place = directory(key);
  tree_.make_directories(below_root(key).parent_path());
  std::error_code failure;
  if (fs::exists(fs::symlink_status(place, failure)) && !find(key)) discard(key);
  fs::rename(staging.path(), place, failure);
  if (!failure) {
    staging.is_taken_ = true;
    verified_[key] = fingerprint(place, result.artefact);
  } else if (!find(key)) {
    throw Error("cannot keep the result: " + failure.message(), place.string());
  }
}

void ArtefactCache::discard(const std::string& key) {
  verified_.erase(key);
  tree_.make_directories(below_root(key).parent_path());
  // Moved away first: a process that is looking for it sees all of it or nothing.
  const Staging removed = stage(key);
  std::error_code failure;
  fs::rename(directory(key), removed.path(), failure);
  if (failure) tree_.remove(below_root(key));
}

ArtefactDescription describe_artefact(const fs::path& directory) {
  std::vector<fs::path> paths;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  ArtefactDescription out;
  for (const fs::path& path : paths) {
    out.files.push_back(
        {path.lexically_relative(directory).string(), fs::file_size(path), sha256_file(path)});
  }
  out.content = hash_of(out.files);
  return out;
}

std::int64_t ArtefactDescription::total_bytes() const {
  std::uint64_t total = 0;
  for (const File& file : files) total += file.bytes;
  return static_cast<std::int64_t>(total);
}

}  // namespace quantbench::execute
