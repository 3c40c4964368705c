#pragma once

#include <filesystem>
#include <optional>

#include "quantbench/base/file_lock.h"

namespace quantbench::execute {

// The lock of an artefact cache. Runs share it while they may open files of the cache; a removal
// holds it exclusively. If the file system has no locks, nothing waits.

/// Waits for a removal to end. nullopt if the lock file cannot be created: a cache that is only
/// read needs no lock.
std::optional<FileLock> share_cache(const std::filesystem::path& root);

/// Throws Error if a run uses the cache, or if the lock file cannot be created.
FileLock hold_cache_alone(const std::filesystem::path& root);

/// nullopt if a run uses the cache. Throws Error if the lock file cannot be created.
std::optional<FileLock> try_to_hold_cache_alone(const std::filesystem::path& root);

}  // namespace quantbench::execute
