#pragma once

#include <filesystem>
#include <string>

#include "quantbench/base/owned_tree.h"

namespace quantbench::execute {

// The directory that a cache of artefacts lies in:
//
//     CACHEDIR.TAG                     says that the directory is ours
//     (https://bford.info/cachedir/) artefacts/KE/KEY/                what a stage made, and
//     result.json staging/KEY16-XXXXXX/            the same, being filled lock, stages.lock see
//     cache_lock.h, ArtefactCache::stage_locks
//
// Only what lies in artefacts/ and staging/ under such a name is ever removed.

/// Throws Error, with the remedy, when `root` is a directory that holds something and is not a
/// cache of ours: it has neither our tag nor the layout of an older quantbench, which wrote no tag.
/// Changes nothing. A missing or an empty directory is fine.
void require_cache_directory(const std::filesystem::path& root);

/// The same, and makes the directory a cache: creates what is missing of it and writes the tag.
/// Throws Error, also when `artefacts` or `staging` is a symbolic link.
OwnedTree claim_cache_directory(const std::filesystem::path& root);

/// "KEY16-XXXXXX": 16 hexadecimal digits of a stage's key and what mkdtemp(3) appends.
bool is_staging_name(const std::string& name);

/// A stage's key (SHA-256) below a directory named by its first two digits.
bool is_artefact_path(const std::filesystem::path& path);

}  // namespace quantbench::execute
