#include <gtest/gtest.h>

#include "quantbench/base/file.h"
#include "quantbench/engine/engine.h"
#include "support/real_assets.h"

namespace quantbench::engine {
namespace {

/// The grid of card 000 on a real fine-tuned model and its 872 sentences.
TEST(RunOfARealModel, gives_the_accuracy_that_the_reference_gives) {
  QUANTBENCH_NEEDS_REAL_ASSETS();
  const std::filesystem::path assets = test::real_assets();
  const TemporaryDirectory directory;
  const std::string yaml =
      R"(
task: text-classification
task_args: {is_regression: false}
name_or_path: )" +
      (assets / "sst2-minilm").string() +
      R"(
dataset: {path: )" +
      (assets / "data" / "sst2").string() +
      R"(, eval_split: validation, data_keys: {primary: sentence}, ref_keys: [label]}
metrics: [accuracy]
quantization_approach: dynamic
node_exclusion: []
framework: onnxruntime
framework_args: {opset: 13, optimization_level: 1, intra_op_num_threads: 1}
operators_to_quantize: [[Add, MatMul], [Add]]
per_channel: [false, true]
apply_quantization: [true, false]
batch_sizes: [1]
input_lengths: [32]
time_benchmark_args: {duration: 0.2, warmup_runs: 2}
)";
  Options options;
  options.store = directory.path() / "results.sqlite";
  options.cache = directory.path() / "cache";
  const store::RunResult result = run(spec::parse(yaml, "card 000"), options);

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
}  // namespace quantbench::engine
