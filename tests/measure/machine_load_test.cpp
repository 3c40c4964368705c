#include "quantbench/measure/machine_load.h"

#include <gmock/gmock.h>

namespace quantbench::measure {
namespace {

TEST(MachineLoad, counts_all_but_idle_and_iowait_as_busy) {
  const auto ticks = read_processor_ticks(
      "cpu  100 20 30 1000 400 5 6 7 90 10\ncpu0 1 1 1 1 1 1 1 1 0 0\nintr 5\n");
  ASSERT_TRUE(ticks.has_value());
  EXPECT_EQ(ticks->busy, 100 + 20 + 30 + 5 + 6 + 7);
  EXPECT_EQ(ticks->all, 100 + 20 + 30 + 1000 + 400 + 5 + 6 + 7);
}

TEST(MachineLoad, reads_the_four_columns_of_old_kernels) {
  const auto ticks = read_processor_ticks("cpu 1 2 3 4\n");
  ASSERT_TRUE(ticks.has_value());
  EXPECT_EQ(ticks->busy, 6);
  EXPECT_EQ(ticks->all, 10);
}

TEST(MachineLoad, is_not_known_where_the_kernel_does_not_say) {
  EXPECT_FALSE(read_processor_ticks("").has_value());
  EXPECT_FALSE(read_processor_ticks("cpu0 1 2 3 4\n").has_value());
  EXPECT_FALSE(read_processor_ticks("cpu 1 2 x 4\n").has_value());
}

TEST(MachineLoad, is_a_share) {
  const OtherLoad load;
  const auto share = load.share();
  if (share) {
    EXPECT_GE(*share, 0);
    EXPECT_LE(*share, 1);
  }
}

}  // namespace
}  // namespace quantbench::measure
