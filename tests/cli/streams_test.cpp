// Concurrent streams of the demo's model, end to end through the program.

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "quantbench/base/file.h"
#include "quantbench/base/parallel.h"
#include "quantbench/demo/demo_assets.h"
#include "quantbench/store/result.h"
#include "support/program.h"

namespace quantbench::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class Streams : public testing::Test {
 protected:
  Streams() { demo::unpack(scratch_.path() / "inputs"); }

  std::filesystem::path out() const { return scratch_.path() / "out"; }

  /// Runs two rows of the demo's grid at two shapes.
  test::ProgramResult run(const std::string& more) const {
    return test::run_program(
        "run '" + (scratch_.path() / "inputs/spec.yaml").string() + "' --out '" + out().string() +
            "' --overwrite --set operators_to_quantize=[MatMul] --set per_channel=false"
            " --set batch_sizes=[1,2] --set input_lengths=[8]"
            " --set time_benchmark_args='{duration: 0.05, warmup_runs: 2}' " +
            more,
        scratch_.path());
  }

  TemporaryDirectory scratch_;
};

TEST_F(Streams, are_measured_for_each_row_shape_and_number) {
  const auto ran = run("--set 'streams=[1, 3, cores]'");
  ASSERT_EQ(ran.status, 0) << ran.errors;
  EXPECT_THAT(ran.output, HasSubstr("Samples a second of concurrent streams"));

  std::vector<std::int64_t> counts = {1, 3};
  const auto cores = static_cast<std::int64_t>(usable_cores());
  if (std::ranges::find(counts, cores) == counts.end()) counts.push_back(cores);
  std::vector<std::pair<std::int64_t, std::int64_t>> loads;
  for (const std::int64_t batch : {1, 2}) {
    for (const std::int64_t count : counts) loads.emplace_back(batch, count);
  }
  const auto result = store::RunResult::from_json(read_json(out() / "results.json"), "results");
  ASSERT_EQ(result.rows.size(), 2U);
  for (const store::Row& row : result.rows) {
    EXPECT_EQ(row.status, store::Row::Status::kOk) << row.message;
    ASSERT_EQ(row.streams.size(), loads.size());
    for (std::size_t i = 0; i < loads.size(); ++i) {
      const measure::StreamFigures& figures = row.streams[i];
      EXPECT_EQ(figures.batch_size, loads[i].first);
      EXPECT_EQ(figures.streams, loads[i].second);
      EXPECT_EQ(figures.input_length, 8);
      EXPECT_GE(figures.nb_forwards, figures.streams);
      EXPECT_GE(figures.samples_per_second, 0);
      EXPECT_GT(figures.latency_50, 0);
      EXPECT_LE(figures.latency_50, figures.latency_99);
      EXPECT_GT(figures.peak_memory_bytes, 0);
    }
  }
  EXPECT_THAT(read_text(out() / "README.md"), HasSubstr("## Concurrent streams\n"));
  EXPECT_THAT(read_text(out() / "spec.yaml"), HasSubstr(R"(streams: [1, 3, "cores"])"));

  const auto again = test::run_program("run '" + (out() / "spec.yaml").string() + "' --out '" +
                                           (scratch_.path() / "again").string() + "'",
                                       scratch_.path());
  ASSERT_EQ(again.status, 0) << again.errors;
  const auto same =
      store::RunResult::from_json(read_json(scratch_.path() / "again/results.json"), "again");
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    EXPECT_EQ(record_to_json(same.rows[i].streams), record_to_json(result.rows[i].streams))
        << "not reused";
  }
}

TEST_F(Streams, leave_no_trace_where_the_spec_has_none) {
  const auto ran = run("");
  ASSERT_EQ(ran.status, 0) << ran.errors;
  for (const char* file : {"README.md", "results.json", "spec.yaml"}) {
    EXPECT_THAT(read_text(out() / file), Not(HasSubstr("streams"))) << file;
  }
  EXPECT_THAT(ran.output, Not(HasSubstr("streams")));
}

TEST_F(Streams, of_a_wrong_number_are_refused_before_anything_is_measured) {
  for (const char* wrong : {"0", "[2, -1]", "[1, core]", "[1.5]", "[2, 2]", "2000"}) {
    const auto ran = run("--set 'streams=" + std::string(wrong) + "'");
    EXPECT_EQ(ran.status, 2) << wrong;
    EXPECT_THAT(ran.errors, HasSubstr("--set streams=" + std::string(wrong) + ": key 'streams'"));
    EXPECT_EQ(std::ranges::count(ran.errors, '\n'), 1) << ran.errors;
    EXPECT_FALSE(std::filesystem::exists(out()));
  }
}

}  // namespace
}  // namespace quantbench::cli
