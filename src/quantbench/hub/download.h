#pragma once

#include <filesystem>
#include <string>

#include "quantbench/hub/client.h"
#include "quantbench/hub/options.h"

namespace quantbench::hub {

/// A file to download into the cache.
struct Download {
  Repository repository;
  std::string id;  ///< RepositoryInfo::id
  std::string commit;
  std::string file;
  FileMetadata metadata;
};

/// Bytes of a blob that have arrived.
std::filesystem::path incomplete(const std::filesystem::path& blob);

/// Downloads the file to `blob`. Arrived bytes are kept in `blob`.incomplete. After a lost
/// connection, a time-out or a killed process, a later call continues there (Range). The file gets
/// its name only if its size and its hash match those that the Hub announces: SHA-256 for an ETag
/// of 64 digits, Git's blob SHA-1 for one of 40. For other ETags (of a mirror) only the size is
/// checked.
///
/// The caller holds the file's lock. Throws Unreachable when no tries are left, Interrupted,
/// NotFound, and Error: no space left, a body longer than announced, wrong size or hash.
void download(Client& client, const Download& what, const std::filesystem::path& blob,
              const Options& options);

}  // namespace quantbench::hub
