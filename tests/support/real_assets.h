#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace quantbench::test {

/// Directory of the real fine-tuned models and data (QUANTBENCH_REAL_ASSETS, default ../shared/real
/// beside the checkout); empty when it is not there.
inline std::filesystem::path real_assets() {
  const char* named = std::getenv("QUANTBENCH_REAL_ASSETS");
  const std::filesystem::path directory =
      named != nullptr && *named != '\0'
          ? std::filesystem::path(named)
          : std::filesystem::path(QUANTBENCH_TEST_DATA).parent_path().parent_path().parent_path() /
                "shared" / "real";
  std::error_code ignored;
  return std::filesystem::is_directory(directory, ignored) ? directory : std::filesystem::path();
}

}  // namespace quantbench::test

/// Skips the test visibly if the real models and data are missing.
#define QUANTBENCH_NEEDS_REAL_ASSETS()                                            \
  if (quantbench::test::real_assets().empty()) {                                  \
    GTEST_SKIP() << "real models and data not found; set QUANTBENCH_REAL_ASSETS"; \
  }                                                                               \
  static_assert(true)
