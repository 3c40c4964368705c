// The embedded default, end to end through the program.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "cli/terminal.h"
#include "quantbench/base/file.h"
#include "quantbench/base/text.h"
#include "quantbench/store/result.h"
#include "support/program.h"

namespace quantbench::cli {
namespace {

TEST(Demo, measures_a_model_that_has_learned_its_task_and_writes_card_results_and_spec) {
  const TemporaryDirectory scratch;
  const auto out = scratch.path() / "out";
  const auto demo = test::run_program("demo --out '" + out.string() + "'", scratch.path());
  ASSERT_EQ(demo.status, 0) << demo.errors;
  EXPECT_NE(demo.output.find("speedup"), std::string::npos) << demo.output;
  for (const std::string& line : split(demo.output, '\n'))
    EXPECT_LE(display_width(line), 80 + out.string().size()) << line;
  const std::size_t answer = demo.output.find("\nbest   ");
  ASSERT_NE(answer, std::string::npos) << demo.output;
  EXPECT_LT(demo.output.find("speedup"), answer);
  const std::string page =
      std::filesystem::exists(out / "report.html") ? "report.html" : "README.md";
  EXPECT_TRUE(demo.output.ends_with("\n" + (out / page).string() + "\n")) << demo.output;
  EXPECT_EQ(demo.errors.find('\r'), std::string::npos) << "a progress bar went to a file";

  const auto result = store::RunResult::from_json(read_json(out / "results.json"), "results.json");
  ASSERT_EQ(result.rows.size(), 5U);
  int originals = 0;
  for (const store::Row& row : result.rows) {
    EXPECT_EQ(row.status, store::Row::Status::kOk) << row.message;
    EXPECT_EQ(row.timings.size(), 4U);
    EXPECT_GT(row.peak_memory_bytes, 0);
    EXPECT_EQ(row.outcomes.count("accuracy"), 1U);
    EXPECT_NE(row.model_hash, "");
    if (row.quantized) continue;
    ++originals;
    EXPECT_GT(row.evaluation.at("accuracy"), 0.9);
  }
  EXPECT_EQ(originals, 1);

  const auto card =
      test::run_program("report '" + out.string() + "' --format card", scratch.path());
  EXPECT_EQ(card.status, 0) << card.errors;
  EXPECT_EQ(card.output, read_text(out / "README.md"));

  const auto again = test::run_program("run '" + (out / "spec.yaml").string() + "' --out '" +
                                           (scratch.path() / "again").string() + "'",
                                       scratch.path());
  ASSERT_EQ(again.status, 0) << again.errors;
  EXPECT_NE(again.errors.find("reused"), std::string::npos) << again.errors;
}

}  // namespace
}  // namespace quantbench::cli
