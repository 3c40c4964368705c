#include "quantbench/store/location.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "quantbench/base/error.h"

namespace quantbench::store {
namespace {

class LocationTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name :
         {"QUANTBENCH_STORE", "QUANTBENCH_CACHE", "XDG_DATA_HOME", "XDG_CACHE_HOME", "HOME"}) {
      ::unsetenv(name);
    }
  }
};

TEST_F(LocationTest, prefers_the_programs_own_variables) {
  ::setenv("QUANTBENCH_STORE", "here/mine.sqlite", 1);
  ::setenv("QUANTBENCH_CACHE", "/var/tmp/cache", 1);
  ::setenv("XDG_DATA_HOME", "/data", 1);
  EXPECT_EQ(default_store_path(), "here/mine.sqlite");
  EXPECT_EQ(default_cache_path(), "/var/tmp/cache");
}

TEST_F(LocationTest, follows_the_xdg_directories) {
  ::setenv("XDG_DATA_HOME", "/data", 1);
  ::setenv("XDG_CACHE_HOME", "/cached", 1);
  EXPECT_EQ(default_store_path(), "/data/quantbench/results.sqlite");
  EXPECT_EQ(default_cache_path(), "/cached/quantbench");
}

TEST_F(LocationTest, ignores_relative_xdg_directories_as_the_specification_has_it) {
  ::setenv("XDG_DATA_HOME", "data", 1);
  ::setenv("HOME", "/home/ada", 1);
  EXPECT_EQ(default_store_path(), "/home/ada/.local/share/quantbench/results.sqlite");
  EXPECT_EQ(default_cache_path(), "/home/ada/.cache/quantbench");
}

TEST_F(LocationTest, says_what_to_set_when_there_is_no_home) {
  try {
    default_store_path();
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("set QUANTBENCH_STORE"), std::string::npos);
  }
}

}  // namespace
}  // namespace quantbench::store
