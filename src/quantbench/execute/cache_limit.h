#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace quantbench::execute {

/// What a cache may hold after a run unless QUANTBENCH_CACHE_MAX_SIZE says otherwise.
inline constexpr std::uintmax_t kDefaultCacheLimit = 10'000'000'000;

/// The limit of the environment in bytes: "20GB", "500 MB", "0". "none": the largest number. Throws
/// Error if it says something else.
std::uintmax_t cache_limit();

/// After a run: removes the longest unused artefacts until at most `most_bytes` remain, but none
/// that was used in the last `kept`: the run's own. Returns a sentence on what was removed or is
/// over the limit; empty if the cache is within it. Leaves the cache alone while another run uses
/// it. Throws what prune_if_unused throws.
std::string limit_cache(const std::filesystem::path& root, std::uintmax_t most_bytes,
                        std::chrono::seconds kept);

}  // namespace quantbench::execute
