#include "quantbench/base/isolated.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

namespace quantbench {
namespace {

TEST(RunIsolated, returns_what_the_body_gives_however_long) {
  EXPECT_EQ(run_isolated([] { return std::string(1 << 20, 'x'); }, 20), std::string(1 << 20, 'x'));
}

TEST(RunIsolated, survives_a_crash_an_exception_and_an_endless_loop) {
  EXPECT_EQ(run_isolated(
                [] {
                  std::raise(SIGSEGV);
                  return std::string("unreachable");
                },
                20),
            std::nullopt);
  EXPECT_EQ(run_isolated([]() -> std::string { throw std::runtime_error("x"); }, 20), std::nullopt);
  EXPECT_EQ(run_isolated(
                []() -> std::string {
                  while (true) ::usleep(1000);
                },
                1),
            std::nullopt);
}

TEST(RunIsolated, changes_nothing_here) {
  int value = 1;
  run_isolated(
      [&] {
        value = 2;
        return std::string();
      },
      20);
  EXPECT_EQ(value, 1);
}

}  // namespace
}  // namespace quantbench
