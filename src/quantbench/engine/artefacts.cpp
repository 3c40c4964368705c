#include "quantbench/engine/artefacts.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/hash.h"

namespace quantbench::engine {

namespace {

namespace fs = std::filesystem;

constexpr const char* kResultFile = "result.json";
/// What a killed run left half-made is removed when it is this old.
constexpr std::chrono::hours kStaleAfter{24};

void make_directories(const fs::path& path) {
  std::error_code failure;
  fs::create_directories(path, failure);
  if (failure) throw Error("cannot create the directory: " + failure.message(), path.string());
}

fs::path with_staging(fs::path root) {
  make_directories(root / "staging");
  return root;
}

void remove_stale(const fs::path& staging) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(staging, ignored)) {
    const auto written = fs::last_write_time(entry.path(), ignored);
    if (ignored || fs::file_time_type::clock::now() - written < kStaleAfter) continue;
    fs::remove_all(entry.path(), ignored);
  }
}

/// True when every file of the description is there with its size.
bool is_complete(const fs::path& directory, const Json& result) {
  const auto artefact = result.find("artefact");
  if (artefact == result.end() || !artefact->contains("files")) return false;
  for (const Json& file : artefact->at("files")) {
    std::error_code failure;
    const auto size = fs::file_size(directory / file.at("name").get<std::string>(), failure);
    if (failure || size != file.at("bytes").get<std::uintmax_t>()) return false;
  }
  return true;
}

}  // namespace

Staging::Staging(fs::path directory) : directory_(std::move(directory)) {}

Staging::Staging(Staging&& other) noexcept : directory_(std::exchange(other.directory_, {})) {}

Staging::~Staging() {
  std::error_code ignored;
  if (!directory_.empty()) fs::remove_all(directory_, ignored);
}

ArtefactCache::ArtefactCache(fs::path root)
    : root_(with_staging(std::move(root))), lock_(share_cache(root_)) {
  remove_stale(root_ / "staging");
}

fs::path artefact_directory(const fs::path& root, const std::string& key) {
  return root / "artefacts" / key.substr(0, 2) / key;
}

fs::path ArtefactCache::directory(const std::string& key) const {
  return artefact_directory(root_, key);
}

std::optional<Json> ArtefactCache::find(const std::string& key) const {
  const fs::path place = directory(key);
  std::error_code ignored;
  if (!fs::exists(place / kResultFile, ignored)) return std::nullopt;
  try {
    Json result = read_json(place / kResultFile);
    if (is_complete(place, result)) {
      fs::last_write_time(place, fs::file_time_type::clock::now(), ignored);
      return result;
    }
  } catch (const std::exception&) {
    // Damaged: as good as not there. It is made again.
  }
  return std::nullopt;
}

Staging ArtefactCache::stage(const std::string& key) const {
  std::string name = (root_ / "staging" / (key.substr(0, 16) + "-XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw Error("cannot create a directory: " + std::generic_category().message(errno), name);
  }
  return Staging(name);
}

void ArtefactCache::commit(Staging staging, const std::string& key, const Json& result) const {
  write_text(staging.path() / kResultFile, to_line(result) + "\n");
  const fs::path place = directory(key);
  make_directories(place.parent_path());
  std::error_code failure;
  if (fs::exists(place, failure) && !find(key)) fs::remove_all(place, failure);
  fs::rename(staging.path(), place, failure);
  if (!failure) {
    staging.directory_.clear();
  } else if (!find(key)) {
    throw Error("cannot keep the result: " + failure.message(), place.string());
  }
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

}  // namespace quantbench::engine
