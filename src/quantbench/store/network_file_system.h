#pragma once

#include <filesystem>
#include <string>

namespace quantbench::store {

/// Name of the file system where `path` lies or would be made, if several machines can write to it
/// and SQLite is therefore not safe there: "NFS", "Lustre", "GPFS", ... Its write-ahead log needs
/// memory that all writers share (https://www.sqlite.org/wal.html), and many of these file systems
/// lock badly. Empty: another one, or not known.
std::string network_file_system(const std::filesystem::path& path);

/// The same by statfs(2)'s f_type.
std::string network_file_system(unsigned long f_type);

/// Throws Error when a store at `path` would lie on such a file system.
void require_local_file_system(const std::filesystem::path& path);

/// The same with the name of the file system; empty: nothing is thrown. For tests.
void refuse_network_file_system(const std::filesystem::path& path, const std::string& name);

}  // namespace quantbench::store
