#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace quantbench::hub {

/// Compares a file with the ETag that the Hub gave of it, where that is a hash: SHA-256 of large
/// files, Git's blob SHA-1 of others. "its SHA-256 is ..." when they differ; empty: the content is
/// right, or the ETag says nothing about it. Throws Error when the file cannot be read.
std::string content_fault(const std::filesystem::path& file, const std::string& etag);

/// A file of the cache that was changed after it was downloaded.
struct ChangedBlob {
  std::filesystem::path path;
  std::string fault;  ///< see content_fault
};

/// Looks at the blob that a file of a snapshot links to, whose name is its ETag. nullopt: its
/// content is right, or unknown (the file is not a link).
std::optional<ChangedBlob> changed_blob(const std::filesystem::path& snapshot_file);

}  // namespace quantbench::hub
