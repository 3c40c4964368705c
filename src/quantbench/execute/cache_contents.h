#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace quantbench::execute {

/// An artefact of the cache, as `quantbench cache` lists it.
struct CachedArtefact {
  std::string key;
  std::uintmax_t bytes = 0;
  /// Since a run made it or took it from the cache.
  std::chrono::seconds unused{0};
};

/// Artefacts in the cache (ArtefactCache) in `root`, the longest unused first. Other files and
/// links are ignored. A missing directory is an empty cache. Throws Error if `root` holds something
/// else than a cache of quantbench (see cache_directory.h).
std::vector<CachedArtefact> cached_artefacts(const std::filesystem::path& root);

/// Sum of their sizes.
std::uintmax_t total_bytes(const std::vector<CachedArtefact>& artefacts);

/// How much a cache may keep.
struct CacheLimits {
  std::optional<std::chrono::seconds> longest_unused = std::nullopt;
  std::optional<std::uintmax_t> most_bytes = std::nullopt;
  /// What was used in the last seconds, this many, stays in any case.
  std::optional<std::chrono::seconds> kept = std::nullopt;
};

/// Artefacts to remove, the longest unused first: all that are unused for longer than the limit,
/// then more until the rest is within the size limit.
std::vector<CachedArtefact> beyond(const CacheLimits& limits,
                                   const std::vector<CachedArtefact>& artefacts);

/// Removes what is beyond the limits and gives it back; runs make it again when they need it.
/// Throws Error if `root` is not a cache of quantbench, when a run uses it, or when something
/// cannot be removed.
std::vector<CachedArtefact> prune(const std::filesystem::path& root, const CacheLimits& limits);

/// The same, but removes nothing while a run uses the cache.
std::vector<CachedArtefact> prune_if_unused(const std::filesystem::path& root,
                                            const CacheLimits& limits);

}  // namespace quantbench::execute
