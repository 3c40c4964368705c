#include <gtest/gtest.h>

#include "quantbench/base/file.h"
#include "quantbench/execute/run.h"
#include "support/card_grid.h"
#include "support/real_assets.h"

namespace quantbench::execute {
namespace {

/// The grid of card 000 on a real fine-tuned model and its 872 sentences.
TEST(RunOfARealModel, gives_the_accuracy_that_the_reference_gives) {
  QUANTBENCH_NEEDS_REAL_ASSETS();
  const std::filesystem::path assets = quantbench::test::real_assets();
  const TemporaryDirectory directory;
  const spec::Spec spec = spec::parse(
      quantbench::test::card_grid(assets / "sst2-minilm", assets / "data" / "sst2"), "test.yaml",
      {"batch_sizes=[1]", "input_lengths=[32]", "time_benchmark_args.duration=0.2"});
  Options options;
  options.store = directory.path() / "results.sqlite";
  options.cache = directory.path() / "cache";
  const store::RunResult result = run(spec, options);

  ASSERT_EQ(result.rows.size(), 5U);
  EXPECT_EQ(result.evaluation_samples, 872U);
  const double reference =
      read_json(assets / "reference.json").at("sst2-minilm").at("accuracy").get<double>();
  for (const store::Row& row : result.rows) {
    ASSERT_EQ(row.status, store::Row::Status::kOk) << row.message;
    const bool changed = row.quantization && row.quantization->quantized_count() > 0;
    EXPECT_NEAR(row.evaluation.at("accuracy"), reference, changed ? 0.02 : 0.001) << row.parameters;
  }
}

}  // namespace
}  // namespace quantbench::execute
