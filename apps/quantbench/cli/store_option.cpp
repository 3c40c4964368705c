#include "cli/store_option.h"

#include "quantbench/store/location.h"

namespace quantbench::cli {

void add_store_option(CLI::App& command, std::string& store) {
  command.add_option("--store", store,
                     "SQLite file of the results (default: QUANTBENCH_STORE, else the user's data "
                     "directory)");
}

std::filesystem::path chosen_store(const std::string& store) {
  return store.empty() ? store::default_store_path() : std::filesystem::path(store);
}

void add_cache_option(CLI::App& command, std::string& cache) {
  command.add_option("--cache", cache,
                     "Directory of exported and quantized models (default: QUANTBENCH_CACHE, else "
                     "the user's cache directory)");
}

std::filesystem::path chosen_cache(const std::string& cache) {
  return cache.empty() ? store::default_cache_path() : std::filesystem::path(cache);
}

}  // namespace quantbench::cli
