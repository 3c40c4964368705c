#include "quantbench/store/location.h"

#include <cstdlib>
#include <string>

#include "quantbench/base/error.h"

namespace quantbench::store {

namespace {

/// Value of an environment variable; empty if unset.
std::filesystem::path variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::filesystem::path() : std::filesystem::path(value);
}

/// A base directory of the XDG specification, which says to ignore relative values.
std::filesystem::path base_directory(const char* name, const char* below_home, const char* own) {
  const std::filesystem::path given = variable(name);
  if (given.is_absolute()) return given;
  const std::filesystem::path home = variable("HOME");
  if (home.empty()) {
    throw Error(std::string("neither ") + own + " nor HOME is set", "environment",
                std::string("set ") + own);
  }
  return home / below_home;
}

}  // namespace

std::filesystem::path default_store_path() {
  if (const auto named = variable("QUANTBENCH_STORE"); !named.empty()) return named;
  return base_directory("XDG_DATA_HOME", ".local/share", "QUANTBENCH_STORE") / "quantbench" /
         "results.sqlite";
}

std::filesystem::path default_cache_path() {
  if (const auto named = variable("QUANTBENCH_CACHE"); !named.empty()) return named;
  return base_directory("XDG_CACHE_HOME", ".cache", "QUANTBENCH_CACHE") / "quantbench";
}

}  // namespace quantbench::store
