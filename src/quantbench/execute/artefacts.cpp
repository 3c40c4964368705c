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
/// In it: SHA-256 of the rest of it. Older caches have none.
constexpr const char* kChecksum = "result_sha256";
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
std::string fingerprint(const fs::path& directory, const Json& files) {
  std::string out;
  for (const Json& file : files) {
    struct stat found {};
    const fs::path path = directory / file.at("name").get<std::string>();
    if (::stat(path.c_str(), &found) != 0) return {};
    out += std::to_string(found.st_ino) + " " + std::to_string(found.st_size) + " " +
           nanoseconds(found.st_mtim) + " " + nanoseconds(found.st_ctim) + "\n";
  }
  return out;
}

/// What is wrong with one file of an artefact; empty: nothing.
std::string damage_of_file(const fs::path& path, const Json& file) {
  std::error_code failure;
  const fs::file_status status = fs::status(path, failure);
  if (!fs::exists(status)) return path.string() + ": the file is missing";
  if (!fs::is_regular_file(status)) return path.string() + ": is not a regular file";
  const std::uintmax_t size = fs::file_size(path, failure);
  const auto written = file.at("bytes").get<std::uintmax_t>();
  if (size != written) {
    return path.string() + ": the file has " + std::to_string(size) + " bytes, " +
           std::to_string(written) + " were written";
  }
  if (sha256_file(path) != file.at("sha256").get<std::string>()) {
    return path.string() + ": the content is not what was written";
  }
  return {};
}

/// The same of all files, and of their description.
std::string damage_of(const fs::path& directory, const Json& artefact) {
  const Json& files = artefact.at("files");
  for (const Json& file : files) {
    std::string damage = damage_of_file(directory / file.at("name").get<std::string>(), file);
    if (!damage.empty()) return damage;
  }
  if (artefact.at("content").get<std::string>() != sha256(to_line(files))) {
    return (directory / kResultFile).string() + ": the hash of the files is not theirs";
  }
  return {};
}

/// Reads a result and takes its checksum out. Throws Error.
Json read_result(const fs::path& path) {
  Json result = read_json(path);
  const auto found = result.find(kChecksum);
  if (found == result.end()) return result;
  const Json checksum = *found;
  result.erase(kChecksum);
  if (checksum != sha256(to_line(result))) throw Error("the content is not what was written", path);
  return result;
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
    Json result = read_result(place / kResultFile);
    const Json& artefact = result.at("artefact");
    const std::string now = fingerprint(place, artefact.at("files"));
    const auto known = verified_.find(key);
    if (now.empty() || known == verified_.end() || known->second != now) {
      found.damage = damage_of(place, artefact);
      verified_[key] = now;
    }
    if (found.damage.empty()) {
      fs::last_write_time(place, fs::file_time_type::clock::now(), ignored);
      found.result = std::move(result);
      return found;
    }
  } catch (const Error& error) {
    found.damage = error.what();
  } catch (const std::exception&) {
    found.damage = (place / kResultFile).string() + ": is not the result of a stage";
  }
  verified_.erase(key);
  return found;
}

bool ArtefactCache::has_written_sizes(const std::string& key) const {
  const fs::path place = directory(key);
  try {
    const Json result = read_json(place / kResultFile);
    return std::ranges::all_of(result.at("artefact").at("files"), [&](const Json& file) {
      std::error_code missing;
      const auto size = fs::file_size(place / file.at("name").get<std::string>(), missing);
      return !missing && size == file.at("bytes").get<std::uintmax_t>();
    });
  } catch (const std::exception&) {
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

void ArtefactCache::commit(Staging staging, const std::string& key, const Json& result) {
  Json kept = result;
  kept[kChecksum] = sha256(to_line(result));
  write_text(staging.path() / kResultFile, to_line(kept) + "\n");
  const fs::path place = directory(key);
  tree_.make_directories(below_root(key).parent_path());
  std::error_code failure;
  if (fs::exists(fs::symlink_status(place, failure)) && !find(key)) discard(key);
  fs::rename(staging.path(), place, failure);
  if (!failure) {
    staging.is_taken_ = true;
    verified_[key] = fingerprint(place, result.at("artefact").at("files"));
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

Json describe_artefact(const fs::path& directory) {
  std::vector<fs::path> paths;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  Json files = Json::array();
  for (const fs::path& path : paths) {
    files.push_back({{"name", path.lexically_relative(directory).string()},
                     {"bytes", fs::file_size(path)},
                     {"sha256", sha256_file(path)}});
  }
  return {{"content", sha256(to_line(files))}, {"files", files}};
}

std::int64_t artefact_bytes(const Json& description) {
  std::int64_t total = 0;
  for (const Json& file : description.at("files")) total += file.at("bytes").get<std::int64_t>();
  return total;
}

}  // namespace quantbench::execute
