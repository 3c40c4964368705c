#pragma once

#include <span>
#include <string>

#include "quantbench/hub/cache.h"
#include "quantbench/hub/hub.h"

namespace quantbench::hub {

/// Brings files of a snapshot, none of which is in the cache, into it: first asks the Hub about
/// each (what is denied or gone is known before anything is downloaded, and the size of it all),
/// then downloads, Settings::parallel_downloads at a time. A failure ends what is under way and is
/// thrown as `download` throws it.
void fetch_files(const Options& options, const Snapshot& snapshot, const RepositoryCache& cache,
                 std::span<const std::string> files);

}  // namespace quantbench::hub
