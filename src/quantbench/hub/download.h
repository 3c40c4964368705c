#pragma once

#include <filesystem>
#include <string>

#include "quantbench/hub/client.h"
#include "quantbench/hub/options.h"

namespace quantbench::hub {

/// A file to be brought into the cache.
struct Download {
  Repository repository;
  std::string id;  ///< RepositoryInfo::id
  std::string commit;
  std::string file;
  FileMetadata metadata;
};

/// What has arrived of a blob so far.
std::filesystem::path incomplete(const std::filesystem::path& blob);

/// Downloads the file to `blob`. What arrives is kept in `blob`.incomplete, from which a later call
/// goes on (Range) after a lost connection, a time-out or a killed process. The file takes its
/// place when size and hash are those that the Hub names: SHA-256 for an ETag of 64 digits, Git's
/// blob SHA-1 for one of 40; of other ETags (of a mirror) the size alone can be checked.
///
/// The caller holds the file's lock. Throws Unreachable when the tries run out, Interrupted,
/// NotFound, Error: no space left, a body longer than announced, wrong size or hash.
void download(Client& client, const Download& what, const std::filesystem::path& blob,
              const Options& options);

}  // namespace quantbench::hub
