#include "quantbench/store_option.h"

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

}  // namespace quantbench::cli
