#pragma once

#include <span>
#include <string>

#include "quantbench/hub/cache.h"
#include "quantbench/hub/hub.h"

namespace quantbench::hub {

/// Downloads files of a snapshot that are not in the cache. First asks the Hub about each file, so
/// a denied or missing file and the total size are known before any download. Then downloads
/// Settings::parallel_downloads files at a time. A failure stops all downloads and is thrown as in
/// `download`.
void fetch_files(const Options& options, const Snapshot& snapshot, const RepositoryCache& cache,
                 std::span<const std::string> files);

}  // namespace quantbench::hub
