#pragma once

#include <filesystem>

namespace quantbench::store {

/// Default file of results: QUANTBENCH_STORE, else quantbench/results.sqlite in XDG_DATA_HOME
/// (default ~/.local/share), as in the XDG base directory specification. Throws Error if neither
/// these nor HOME are set.
std::filesystem::path default_store_path();

/// Default directory of models: QUANTBENCH_CACHE, else quantbench in XDG_CACHE_HOME (default
/// ~/.cache).
std::filesystem::path default_cache_path();

}  // namespace quantbench::store
