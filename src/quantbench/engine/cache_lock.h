#pragma once

#include <filesystem>
#include <optional>

#include "quantbench/base/file_lock.h"

namespace quantbench::engine {

// The lock of a cache of artefacts. Runs share it for as long as they may open what is in the
// cache; what removes artefacts holds it alone. Where the file system has no locks, nobody waits.

/// Waits while something is being removed. nullopt where the lock's file cannot be made: a cache
/// that is only read needs none.
std::optional<FileLock> share_cache(const std::filesystem::path& root);

/// Throws Error when a run uses the cache, and when the lock's file cannot be made.
FileLock hold_cache_alone(const std::filesystem::path& root);

}  // namespace quantbench::engine
