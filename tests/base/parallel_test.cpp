#include "quantbench/base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace quantbench {
namespace {

TEST(ParallelFor, calls_every_index_once_on_any_number_of_threads) {
  for (const std::size_t threads : {1U, 2U, 7U}) {
    std::vector<std::atomic<int>> calls(100);
    parallel_for(calls.size(), threads, [&](std::size_t i) { ++calls[i]; });
    for (const auto& count : calls) EXPECT_EQ(count, 1);
  }
}

TEST(ParallelFor, rethrows_the_first_failure_and_stops_handing_out_work) {
  std::atomic<std::size_t> calls{0};
  EXPECT_THROW(parallel_for(1000000, 4,
                            [&](std::size_t i) {
                              ++calls;
                              if (i == 3) throw std::runtime_error("three");
                            }),
               std::runtime_error);
  EXPECT_LT(calls, 1000000U);
}

TEST(UsableCores, is_at_least_one) { EXPECT_GE(usable_cores(), 1U); }

}  // namespace
}  // namespace quantbench
