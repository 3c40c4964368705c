#include "quantbench/measure/processors.h"

#include <gtest/gtest.h>

#include "quantbench/base/file.h"
#include "quantbench/base/parallel.h"

namespace quantbench::measure {
namespace {

TEST(Processors, are_those_of_the_affinity_mask_the_quota_and_the_machine) {
  const TemporaryDirectory root;
  const auto write = [&](const std::string& path, const std::string& text) {
    write_text(root.path() / path, text);
  };
  EXPECT_EQ(usable_processors(root.path()).allowed, usable_cores());
  EXPECT_EQ(usable_processors(root.path()).machine_cores, 0U) << "not known";
  EXPECT_FALSE(usable_processors(root.path()).quota);

  write("sys/devices/system/cpu/online", "0-3\n");
  for (const int processor : {0, 1, 2, 3}) {
    write(
        "sys/devices/system/cpu/cpu" + std::to_string(processor) + "/topology/thread_siblings_list",
        processor % 2 == 0 ? "0,2\n" : "1,3\n");
  }
  EXPECT_EQ(usable_processors(root.path()).machine_cores, 2U) << "hyper-threads counted once";
}

TEST(CpuQuota, is_the_smallest_of_the_groups_up_to_the_mount) {
  const TemporaryDirectory root;
  const auto write = [&](const std::string& path, const std::string& text) {
    write_text(root.path() / path, text);
  };
  write("proc/self/cgroup", "0::/service/job\n");
  write("sys/fs/cgroup/service/job/cpu.stat", "");
  write("sys/fs/cgroup/service/job/cpu.max", "400000 100000\n");
  EXPECT_EQ(cpu_quota(root.path())->processors, 4);
  write("sys/fs/cgroup/service/cpu.max", "150000 100000\n");
  EXPECT_EQ(cpu_quota(root.path())->processors, 1.5);
  EXPECT_EQ(cpu_quota(root.path())->group, root.path() / "sys/fs/cgroup/service");
}

}  // namespace
}  // namespace quantbench::measure
