#include "quantbench/base/crash_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace quantbench {
namespace {

#if !defined(__SANITIZE_ADDRESS__)
TEST(CrashLineDeathTest, says_in_one_line_what_crashed) {
  const auto crash = [](int number) {
    const CrashLine guard("ONNX Runtime, run on m.onnx,", "try another");
    std::raise(number);
  };
  EXPECT_EXIT(crash(SIGSEGV), testing::ExitedWithCode(2),
              "^quantbench: error: ONNX Runtime, run on m.onnx, crashed "
              "\\(Segmentation fault\\) \\(try another\\)\n$");
  EXPECT_EXIT(crash(SIGFPE), testing::ExitedWithCode(2), "crashed \\(Floating point exception\\)");
}

TEST(CrashLineDeathTest, leaves_the_signals_to_others_afterwards) {
  const auto crash = [] {
    { const CrashLine guard("a", ""); }
    std::raise(SIGSEGV);
  };
  EXPECT_EXIT(crash(), testing::KilledBySignal(SIGSEGV), "^$");
}
#endif

}  // namespace
}  // namespace quantbench
