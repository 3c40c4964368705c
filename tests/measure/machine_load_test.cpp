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

TEST(MachineLoad, is_what_was_busy_without_this_process) {
  const ProcessorTicks before{.busy = 1000, .all = 4000};
  EXPECT_EQ(share_of_others(before, {.busy = 1150, .all = 4400}, 50), 0.25);
  EXPECT_EQ(share_of_others(before, {.busy = 1400, .all = 4400}, 0), 1);
}

TEST(MachineLoad, is_never_less_than_nothing_nor_more_than_all) {
  const ProcessorTicks before{.busy = 1000, .all = 4000};
  EXPECT_EQ(share_of_others(before, {.busy = 1010, .all = 4400}, 30), 0) << "clocks of two kinds";
  EXPECT_EQ(share_of_others(before, {.busy = 1900, .all = 4400}, 0), 1);
}

TEST(MachineLoad, is_not_known_after_less_than_a_second_of_one_processor) {
  const ProcessorTicks before{.busy = 1000, .all = 4000};
  EXPECT_FALSE(share_of_others(before, {.busy = 1050, .all = 4099}, 0));
  EXPECT_FALSE(share_of_others(before, {.busy = 900, .all = 3900}, 0)) << "counted backwards";
}

}  // namespace
}  // namespace quantbench::measure
