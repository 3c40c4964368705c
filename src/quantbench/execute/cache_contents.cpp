#include "quantbench/execute/cache_contents.h"

#include <algorithm>
#include <system_error>

#include "quantbench/base/error.h"
#include "quantbench/execute/artefacts.h"
#include "quantbench/execute/cache_directory.h"
#include "quantbench/execute/cache_lock.h"

namespace quantbench::execute {

namespace {

namespace fs = std::filesystem;

std::uintmax_t size_of(const fs::path& directory) {
  std::uintmax_t bytes = 0;
  std::error_code failure;
  for (auto entry = fs::recursive_directory_iterator(directory, failure);
       !failure && entry != fs::recursive_directory_iterator(); entry.increment(failure)) {
    std::error_code ignored;
    if (!entry->is_regular_file(ignored)) continue;
    const std::uintmax_t size = entry->file_size(ignored);
    if (!ignored) bytes += size;
  }
  return bytes;
}

std::vector<fs::path> directories_in(const fs::path& path) {
  std::vector<fs::path> out;
  std::error_code failure;
  if (fs::is_symlink(path, failure)) return out;
  for (auto entry = fs::directory_iterator(path, failure);
       !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
    std::error_code ignored;
    if (entry->is_directory(ignored) && !entry->is_symlink(ignored)) out.push_back(entry->path());
  }
  return out;
}

/// With the cache to itself.
std::vector<CachedArtefact> remove_beyond(const CacheLimits& limits, const fs::path& root) {
  const OwnedTree tree(root);
  std::vector<CachedArtefact> removed = beyond(limits, cached_artefacts(root));
  for (const CachedArtefact& artefact : removed) {
    const fs::path path = artefact_directory(fs::path(), artefact.key);
    tree.remove(path);
    std::error_code others_are_there;
    fs::remove(root / path.parent_path(), others_are_there);
  }
  return removed;
}

}  // namespace

std::vector<CachedArtefact> cached_artefacts(const fs::path& root) {
  require_cache_directory(root);
  const auto now = fs::file_time_type::clock::now();
  std::vector<CachedArtefact> artefacts;
  for (const fs::path& group : directories_in(root / "artefacts")) {
    for (const fs::path& path : directories_in(group)) {
      std::error_code gone;
      const auto used = fs::last_write_time(path, gone);
      if (gone || !is_artefact_path(path)) continue;
      const auto unused = std::chrono::duration_cast<std::chrono::seconds>(now - used);
      artefacts.push_back(
          {path.filename().string(), size_of(path), std::max(unused, std::chrono::seconds(0))});
    }
  }
  std::ranges::sort(artefacts, [](const CachedArtefact& a, const CachedArtefact& b) {
    return a.unused != b.unused ? a.unused > b.unused : a.key < b.key;
  });
  return artefacts;
}

std::uintmax_t total_bytes(const std::vector<CachedArtefact>& artefacts) {
  std::uintmax_t bytes = 0;
  for (const CachedArtefact& artefact : artefacts) bytes += artefact.bytes;
  return bytes;
}

std::vector<CachedArtefact> beyond(const CacheLimits& limits,
                                   const std::vector<CachedArtefact>& artefacts) {
  std::uintmax_t kept = total_bytes(artefacts);
  std::vector<CachedArtefact> out;
  for (const CachedArtefact& artefact : artefacts) {
    const bool old = limits.longest_unused && artefact.unused > *limits.longest_unused;
    const bool too_much = limits.most_bytes && kept > *limits.most_bytes;
    const bool stays = limits.kept && artefact.unused <= *limits.kept;
    if (stays || (!old && !too_much)) break;
    kept -= artefact.bytes;
    out.push_back(artefact);
  }
  return out;
}

std::vector<CachedArtefact> prune(const fs::path& root, const CacheLimits& limits) {
  if (cached_artefacts(root).empty()) return {};
  const FileLock lock = hold_cache_alone(root);
  return remove_beyond(limits, root);
}

std::vector<CachedArtefact> prune_if_unused(const fs::path& root, const CacheLimits& limits) {
  const std::optional<FileLock> lock = try_to_hold_cache_alone(root);
  return lock ? remove_beyond(limits, root) : std::vector<CachedArtefact>{};
}

}  // namespace quantbench::execute
