#pragma once

#include <filesystem>

namespace quantbench::store {

/// Where results are kept unless the user says otherwise: QUANTBENCH_STORE, else
/// quantbench/results.sqlite in XDG_DATA_HOME (default ~/.local/share), as the XDG base directory
/// specification has it. Throws Error when none of these and no HOME is set.
std::filesystem::path default_store_path();

/// Where stages keep their models: QUANTBENCH_CACHE, else quantbench in XDG_CACHE_HOME (default
/// ~/.cache). Everything in it can be deleted and is made again. Throws as default_store_path.
std::filesystem::path default_cache_path();

}  // namespace quantbench::store
