#include "quantbench/execute/thread_warning.h"

#include <gmock/gmock.h>

#include <optional>
#include <vector>

namespace quantbench::execute {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// What is said of rows with these numbers of threads.
std::string warning(const std::vector<std::optional<int>>& threads,
                    const measure::Processors& processors) {
  std::vector<spec::Cell> cells;
  for (const auto& number : threads) {
    spec::Cell& cell = cells.emplace_back();
    cell.framework = "onnxruntime";
    cell.framework_args.intra_op_num_threads = number;
  }
  Plan plan;
  for (const spec::Cell& cell : cells) plan.rows.emplace_back().cell = &cell;
  return thread_warning(plan, processors);
}

measure::Processors processors(std::size_t allowed, std::optional<double> quota = {},
                               std::size_t machine_cores = 0) {
  measure::Processors out{.allowed = allowed, .quota = {}, .machine_cores = machine_cores};
  if (quota) out.quota = {*quota, "/sys/fs/cgroup/job"};
  return out;
}

TEST(ThreadWarning, names_the_most_threads_and_the_processors) {
  EXPECT_EQ(warning({1, 8, 4}, processors(2)),
            "intra_op_num_threads is 8, but this process may use 2 processors: threads wait for "
            "each other, so latencies are long and vary; set it to at most 2");
  EXPECT_EQ(warning({1, 2}, processors(2)), "");
}

TEST(ThreadWarning, counts_the_quota_where_it_allows_less_than_the_affinity_mask) {
  EXPECT_THAT(warning({2}, processors(8, 1.5)),
              HasSubstr("quota of the control group is 1.5 processors (/sys/fs/cgroup/job)"));
  EXPECT_THAT(warning({2}, processors(8, 1.5)), HasSubstr("set it to at most 1"));
  EXPECT_EQ(warning({2}, processors(8, 2.0)), "");
  EXPECT_THAT(warning({4}, processors(2, 3.0)), HasSubstr("may use 2 processors"));
  EXPECT_THAT(warning({1}, processors(8, 0.5)), HasSubstr("raise the quota to 1 or more"));
}

TEST(ThreadWarning, takes_a_missing_number_for_one_thread_for_each_core_of_the_machine) {
  EXPECT_THAT(warning({std::nullopt}, processors(2, {}, 64)),
              StartsWith("intra_op_num_threads is not set, which means 64 threads here, but this "
                         "process may use 2 processors"));
  EXPECT_EQ(warning({std::nullopt}, processors(8, {}, 4)), "");
  EXPECT_EQ(warning({std::nullopt}, processors(2)), "") << "the number of cores is not known";
}

TEST(ThreadWarning, leaves_rows_that_do_not_run_out) {
  spec::Cell cell;
  cell.framework = "none_of_this_name";
  cell.framework_args.intra_op_num_threads = 8;
  Plan plan;
  plan.rows.push_back({&cell, "not in this build", {}, {}, {}});
  EXPECT_EQ(thread_warning(plan, processors(2)), "");
}

}  // namespace
}  // namespace quantbench::execute
