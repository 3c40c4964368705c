#include "quantbench/base/isolated.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

namespace quantbench {
namespace {

TEST(RunIsolated, returns_what_the_body_gives_however_long) {
  const IsolatedResult result =
      run_isolated([] { return std::string(1 << 20, 'x'); }, {.seconds = 20});
  EXPECT_EQ(result.bytes, std::string(1 << 20, 'x'));
  EXPECT_EQ(result.failure, "");
}

TEST(RunIsolated, says_how_a_body_failed_and_gives_nothing_of_it) {
  const IsolatedResult crashed = run_isolated(
      [] {
        std::raise(SIGSEGV);
        return std::string("unreachable");
      },
      {.seconds = 20});
  EXPECT_EQ(crashed.failure, "crashed (Segmentation fault)");
  EXPECT_EQ(crashed.bytes, "");
  const IsolatedResult threw =
      run_isolated([]() -> std::string { throw std::runtime_error("no rank"); }, {.seconds = 20});
  EXPECT_EQ(threw.failure, "failed: no rank");
  EXPECT_EQ(threw.bytes, "");
  const IsolatedResult endless = run_isolated(
      []() -> std::string {
        while (true) ::usleep(1000);
      },
      {.seconds = 1});
  EXPECT_EQ(endless.failure, "took longer than 1 s");
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kBoundsMemory = false;  // a sanitizer maps more memory than there is
#else
constexpr bool kBoundsMemory = true;
#endif

TEST(RunIsolated, ends_what_takes_more_memory_than_it_may) {
  if (!kBoundsMemory) GTEST_SKIP() << "a sanitizer maps its own memory";
  const auto take = [](std::size_t bytes) {
    return [bytes] { return std::to_string(std::vector<char>(bytes, 'x').size()); };
  };
  const IsolatedBounds bounds{.seconds = 20, .memory = std::uint64_t{64} << 20};
  EXPECT_EQ(run_isolated(take(std::size_t{16} << 20), bounds).bytes, "16777216");
  EXPECT_NE(run_isolated(take(std::size_t{256} << 20), bounds).failure, "");
}

TEST(RunIsolated, changes_nothing_here) {
  int value = 1;
  run_isolated(
      [&] {
        value = 2;
        return std::string();
      },
      {.seconds = 20});
  EXPECT_EQ(value, 1);
}

}  // namespace
}  // namespace quantbench
