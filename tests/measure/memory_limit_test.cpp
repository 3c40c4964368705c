#include "quantbench/measure/memory_limit.h"

#include <gmock/gmock.h>

#include "quantbench/base/file.h"

namespace quantbench::measure {
namespace {

/// A machine's /proc and /sys as far as memory goes.
class MemoryLimitTest : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) const {
    write_text(root_.path() / path, text);
  }
  void second_version(const std::string& group) const { write("proc/self/cgroup", "0::" + group); }

  TemporaryDirectory root_;
};

TEST_F(MemoryLimitTest, is_the_smallest_of_the_groups_above) {
  second_version("/job/step\n");
  write("sys/fs/cgroup/job/memory.max", "512000000\n");
  write("sys/fs/cgroup/job/step/memory.max", "max\n");
  write("sys/fs/cgroup/job/step/memory.events", "oom_kill 0\n");
  auto limit = memory_limit(root_.path());
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->bytes, 512000000U);
  EXPECT_EQ(limit->file, (root_.path() / "sys/fs/cgroup/job/memory.max").string());
  write("sys/fs/cgroup/job/step/memory.max", "1000\n");
  EXPECT_EQ(memory_limit(root_.path())->bytes, 1000U);
}

TEST_F(MemoryLimitTest, is_read_from_the_first_version_of_control_groups) {
  write("proc/self/cgroup", "9:cpu,cpuacct:/x\n4:memory:/job\n0::/\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "300000000\n");
  write("sys/fs/cgroup/memory/job/memory.oom_control",
        "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  const MemoryKills kills(root_.path());
  EXPECT_EQ(kills.reason(), "");
  EXPECT_EQ(memory_limit(root_.path())->bytes, 300000000U);
  write("sys/fs/cgroup/memory/job/memory.oom_control",
        "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
  EXPECT_THAT(kills.reason(), testing::HasSubstr("at the limit of 300.0 MB"));
}

TEST_F(MemoryLimitTest, of_a_container_is_that_of_the_mount) {
  second_version("/docker/4711\n");
  write("sys/fs/cgroup/memory.max", "64000000\n");
  write("sys/fs/cgroup/memory.events", "oom_kill 0\n");
  EXPECT_EQ(memory_limit(root_.path())->bytes, 64000000U);
}

TEST_F(MemoryLimitTest, is_none_without_control_groups_and_without_proc) {
  EXPECT_FALSE(memory_limit(root_.path()));
  EXPECT_EQ(MemoryKills(root_.path()).reason(), "");
  second_version("/\n");
  EXPECT_FALSE(memory_limit(root_.path()));
  write("proc/self/cgroup", "nonsense\n0\n");
  EXPECT_FALSE(memory_limit(root_.path()));
}

TEST_F(MemoryLimitTest, is_named_when_the_kernel_killed_at_it) {
  second_version("/job\n");
  write("sys/fs/cgroup/job/memory.max", "512000000\n");
  write("sys/fs/cgroup/job/memory.events", "low 0\noom 4\noom_kill 4\noom_group_kill 0\n");
  const MemoryKills kills(root_.path());
  write("sys/fs/cgroup/job/memory.events", "low 0\noom 5\noom_kill 4\noom_group_kill 0\n");
  EXPECT_EQ(kills.reason(), "") << "nothing was killed";
  write("sys/fs/cgroup/job/memory.events", "low 0\noom 5\noom_kill 5\noom_group_kill 0\n");
  EXPECT_EQ(kills.reason(),
            "the kernel killed the process at the limit of 512.0 MB of its control group (" +
                (root_.path() / "sys/fs/cgroup/job/memory.max").string() + ")");
}

TEST_F(MemoryLimitTest, is_not_blamed_when_the_whole_machine_ran_out) {
  write("proc/vmstat", "pgfault 1\noom_kill 7\n");
  const MemoryKills kills(root_.path());
  EXPECT_EQ(kills.reason(), "");
  write("proc/vmstat", "pgfault 1\noom_kill 8\n");
  EXPECT_EQ(kills.reason(), "the kernel killed the process because the machine's memory was full");
}

}  // namespace
}  // namespace quantbench::measure
