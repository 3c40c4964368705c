#pragma once

#include <filesystem>
#include <string>

#include "cli/command.h"

namespace quantbench::cli {

/// Adds `--store` to a command.
void add_store_option(CLI::App& command, std::string& store);

/// The store that the option names; if empty, QUANTBENCH_STORE, else the user's data directory.
std::filesystem::path chosen_store(const std::string& store);

/// Adds `--cache` to a command.
void add_cache_option(CLI::App& command, std::string& cache);

/// The cache that the option names; if empty, QUANTBENCH_CACHE, else the user's cache directory.
std::filesystem::path chosen_cache(const std::string& cache);

}  // namespace quantbench::cli
