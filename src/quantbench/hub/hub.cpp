#include "quantbench/hub/hub.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/hub/cache.h"
#include "quantbench/hub/fetch.h"

namespace quantbench::hub {

namespace {

Error not_cached(const Repository& repository, const std::string& what, const Settings& settings) {
  const std::string revision =
      repository.revision == "main" ? "" : " (revision '" + repository.revision + "')";
  return Error(what + repository.description() + revision + " is not in the cache, and " +
                   "HF_HUB_OFFLINE is set",
               settings.cache.string(),
               "did you mean a local directory? no directory has that name");
}

}  // namespace

bool Snapshot::has(std::string_view file) const {
  return std::find(files.begin(), files.end(), file) != files.end();
}

Hub::Hub(Options options) : options_(std::move(options)), client_(options_) {}

Snapshot Hub::open_cached(const Repository& repository, const std::string& commit) const {
  const RepositoryCache cache(options_.settings.cache, repository);
  return {repository, repository.name, commit, cache.snapshot(commit), cache.cached_files(commit),
          true};
}

Snapshot Hub::open(const Repository& repository) {
  check_repository(repository);
  const RepositoryCache cache(options_.settings.cache, repository);
  const auto cached = cache.cached_commit(repository.revision);
  if (options_.settings.offline) {
    if (!cached) throw not_cached(repository, "", options_.settings);
    return open_cached(repository, *cached);
  }
  try {
    RepositoryInfo info = client_.info(repository, cached ? 0 : options_.settings.retries);
    if (is_commit(repository.revision) && info.commit != repository.revision) {
      throw Error("the Hub answers with another commit of " + repository.description());
    }
    cache.remember(repository.revision, info.commit);
    return {repository,
            std::move(info.id),
            info.commit,
            cache.snapshot(info.commit),
            std::move(info.files),
            false};
  } catch (const Unreachable& error) {
    if (!cached) {
      throw Unreachable(fmt::format("{} is not local and not in the cache: {}",
                                    repository.description(), error.problem()),
                        error.where(), error.hint());
    }
    if (options_.on_warning) {
      options_.on_warning(fmt::format("{}; using {} as it is in the cache", error.problem(),
                                      repository.description()));
    }
    return open_cached(repository, *cached);
  }
}

void Hub::set_aside(const ChangedBlob& changed, const std::string& file,
                    const Snapshot& snapshot) const {
  const std::string what = file + " of " + snapshot.repository.description() +
                           " was changed in the cache: " + changed.fault;
  if (options_.settings.offline || snapshot.from_cache) {
    throw Error(what + "", changed.path.string(),
                "remove the file, and fetch it again while the Hub can be reached");
  }
  std::filesystem::path kept = changed.path;
  kept += ".changed";
  std::error_code failure;
  std::filesystem::rename(changed.path, kept, failure);
  if (failure) throw Error(what + "; cannot set it aside: " + failure.message(), kept.string());
  if (options_.on_warning) {
    options_.on_warning(what + "; it is downloaded again, and the changed file is kept as " +
                        kept.string());
  }
}

void Hub::fetch(const Snapshot& snapshot, std::span<const std::string> files) {
  const RepositoryCache cache(options_.settings.cache, snapshot.repository);
  std::vector<std::string> missing;
  for (const std::string& file : files) {
    if (!cache.has(snapshot.commit, file)) {
      missing.push_back(file);
    } else if (const auto changed = changed_blob(cache.snapshot(snapshot.commit) / file)) {
      set_aside(*changed, file, snapshot);
      missing.push_back(file);
    }
  }
  if (missing.empty()) return;
  if (options_.settings.offline) {
    throw not_cached(snapshot.repository, missing[0] + " of ", options_.settings);
  }
  cache.prepare();
  fetch_files(options_, snapshot, cache, missing);
}

bool is_hub_name(const std::string& name_or_path) {
  std::error_code ignored;
  return !std::filesystem::exists(name_or_path, ignored) && is_repository_name(name_or_path);
}

}  // namespace quantbench::hub
