#include "quantbench/base/parallel.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

#include "quantbench/base/thread_group.h"

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

/// Runs `body` in a process whose user may start no more processes or threads.
bool holds_without_threads(const std::function<bool()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit{0, 0};
    ::setrlimit(RLIMIT_NPROC, &limit);
    // No such limit holds root back.
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0 && ::setuid(kNobody) != 0) ::_exit(2);
    bool started = true;
    try {
      std::thread([] {}).join();
    } catch (const std::system_error&) {
      started = false;
    }
    bool holds = false;
    try {
      holds = body();
    } catch (...) {
    }
    ::_exit(!started && holds ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status == 0;
}

TEST(ParallelFor, does_the_work_where_no_thread_can_be_started) {
  EXPECT_TRUE(holds_without_threads([] {
    int calls = 0;
    parallel_for(100, 8, [&](std::size_t) { ++calls; });
    return calls == 100;
  }));
}

TEST(RunBeside, does_the_work_where_no_thread_can_be_started) {
  EXPECT_TRUE(holds_without_threads([] { return run_beside([] { return 7; }).get() == 7; }));
}

TEST(ThreadGroup, says_that_no_thread_could_be_started) {
  EXPECT_TRUE(holds_without_threads([] {
    ThreadGroup group;
    return group.start(3, [] {}) == 0;
  }));
}

TEST(ThreadGroup, runs_the_body_on_each_thread) {
  std::atomic<int> calls{0};
  ThreadGroup group;
  EXPECT_EQ(group.start(3, [&] { ++calls; }), 3U);
  group.join();
  EXPECT_EQ(calls, 3);
}

TEST(UsableCores, are_those_that_this_process_is_bound_to) {
  cpu_set_t before;
  ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(usable_cores(), static_cast<std::size_t>(CPU_COUNT(&before)));
  int first = 0;
  while (!CPU_ISSET(first, &before)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(usable_cores(), 1U);
  ::sched_setaffinity(0, sizeof before, &before);
}

}  // namespace
}  // namespace quantbench
