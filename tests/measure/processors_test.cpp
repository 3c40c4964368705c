#include "quantbench/measure/processors.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "quantbench/base/file.h"
#include "quantbench/base/parallel.h"
#include "quantbench/measure/affinity.h"

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

/// A machine with the processors that this process may use, each a core of its own.
class FreeCores : public testing::Test {
 protected:
  FreeCores() {
    write("proc/stat", "");
    for (const int processor : processors_) {
      write("sys/devices/system/cpu/cpu" + std::to_string(processor) +
                "/topology/thread_siblings_list",
            std::to_string(processor) + "\n");
    }
    count(0);
  }
  void write(const std::string& path, const std::string& text) const {
    write_text(root_.path() / path, text);
  }
  /// Every processor has run for `busy` of 100 more ticks.
  void count(int busy) {
    std::string text = "cpu 0 0 0 0\n";
    for (std::size_t i = 0; i < processors_.size(); ++i) {
      busy_[i] += busy;
      all_[i] += 100;
      text += "cpu" + std::to_string(processors_[i]) + " " + std::to_string(busy_[i]) + " 0 0 " +
              std::to_string(all_[i] - busy_[i]) + "\n";
    }
    write("proc/stat", text);
  }

  TemporaryDirectory root_;
  std::vector<int> processors_ = allowed_processors();
  std::vector<int> busy_ = std::vector<int>(processors_.size());
  std::vector<int> all_ = std::vector<int>(processors_.size());
};

TEST_F(FreeCores, are_the_idle_ones_the_highest_first) {
  std::vector<int> expected = processors_;
  std::ranges::reverse(expected);
  EXPECT_EQ(free_cores([&] { count(2); }, root_.path()), expected);
}

TEST_F(FreeCores, are_none_where_others_run) {
  EXPECT_TRUE(free_cores([&] { count(30); }, root_.path()).empty());
}

TEST_F(FreeCores, are_unknown_where_no_time_passes) {
  EXPECT_TRUE(free_cores([] {}, root_.path()).empty());
}

TEST_F(FreeCores, count_hyper_threads_once) {
  for (const int processor : processors_) {
    write(
        "sys/devices/system/cpu/cpu" + std::to_string(processor) + "/topology/thread_siblings_list",
        "0-99\n");
  }
  EXPECT_EQ(free_cores([&] { count(2); }, root_.path()).size(), 1U);
}

TEST(ScopedAffinity, lasts_as_long_as_it_lives) {
  const std::vector<int> all = allowed_processors();
  ASSERT_FALSE(all.empty());
  {
    const ScopedAffinity kept({all.back()});
    EXPECT_EQ(allowed_processors(), std::vector<int>{all.back()});
    const ScopedAffinity nothing({});
    EXPECT_EQ(allowed_processors(), std::vector<int>{all.back()});
  }
  EXPECT_EQ(allowed_processors(), all);
}

TEST(KeepOn, takes_every_thread_of_a_process) {
  const std::vector<int> all = allowed_processors();
  if (all.size() < 2) GTEST_SKIP() << "needs two processors";
  std::latch begun(1);
  std::latch kept(1);
  std::vector<int> of_thread;
  std::thread thread([&] {
    begun.count_down();
    kept.wait();
    of_thread = allowed_processors();
  });
  begun.wait();
  keep_on(::getpid(), {});
  EXPECT_EQ(allowed_processors(), all);
  keep_on(::getpid(), {all.back()});
  EXPECT_EQ(allowed_processors(), std::vector<int>{all.back()});
  kept.count_down();
  thread.join();
  EXPECT_EQ(of_thread, std::vector<int>{all.back()});
  keep_on(::getpid(), all);
  EXPECT_EQ(allowed_processors(), all);
}

}  // namespace
}  // namespace quantbench::measure
