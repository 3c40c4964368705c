#pragma once

#include <filesystem>
#include <string>

#include "quantbench/command.h"

namespace quantbench::cli {

/// Adds `--store` to a command.
void add_store_option(CLI::App& command, std::string& store);

/// The store that the option names; empty: QUANTBENCH_STORE, else the user's data directory.
std::filesystem::path chosen_store(const std::string& store);

}  // namespace quantbench::cli
