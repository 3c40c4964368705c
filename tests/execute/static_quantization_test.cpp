#include <gtest/gtest.h>

#include "quantbench/base/file.h"
#include "quantbench/execute/run.h"
#include "support/real_assets.h"

namespace quantbench::execute {
namespace {

/// The cards' result on a real fine-tuned model. Static int8 with padding in the statistics
/// destroys the accuracy. The five exclusions restore most of it. Statistics of real tokens bring
/// it within 0.01 of the original, with and without exclusions.
TEST(StaticQuantization, collapses_with_padding_in_the_statistics_and_not_without) {
  QUANTBENCH_NEEDS_REAL_ASSETS();
  const std::filesystem::path assets = quantbench::test::real_assets();
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
      R"(, eval_split: validation, calibration_split: train, data_keys: {primary: sentence}, ref_keys: [label]}
metrics: [accuracy]
max_eval_samples: 400
explain: false
quantization_approach: static
operators_to_quantize: [Add, MatMul]
node_exclusion: [[], [layernorm, gelu, residual, gather, softmax]]
calibration:
  - {method: minmax, num_calibration_samples: 16}
  - {method: minmax, num_calibration_samples: 16, mask_padding: true}
framework: onnxruntime
framework_args: {opset: 13, optimization_level: 1, intra_op_num_threads: 1}
apply_quantization: [true, false]
batch_sizes: [1]
input_lengths: [32]
time_benchmark_args: {duration: 0.1, warmup_runs: 1}
)";
  Options options;
  options.store = directory.path() / "results.sqlite";
  options.cache = directory.path() / "cache";
  int calibrations = 0;
  options.on_event = [&](const Event& event) {
    calibrations += event.kind == Event::Kind::kStageFinished && event.stage == "calibrate";
  };
  const store::RunResult result = run(spec::parse(yaml, "static"), options);

  ASSERT_EQ(result.rows.size(), 5U);
  // One pass serves all cells with the same samples, whatever they exclude.
  EXPECT_EQ(calibrations, 2);
  double original = 0;
  std::map<std::pair<bool, bool>, double> accuracy;  // excluded, masked
  for (const store::Row& row : result.rows) {
    ASSERT_EQ(row.status, store::Row::Status::kOk) << row.message;
    const double figure = row.evaluation.at("accuracy");
    if (!row.quantized) {
      original = figure;
      continue;
    }
    ASSERT_TRUE(row.quantization);
    EXPECT_EQ(row.quantization->calibration.at("samples"), 16);
    EXPECT_GT(row.quantization->quantized_count(), 0);
    const bool masked = row.parameters.at("calibration").value("mask_padding", false);
    accuracy[{!row.parameters.at("node_exclusion").empty(), masked}] = figure;
  }
  const auto at = [&](bool excluded, bool masked) { return accuracy.at({excluded, masked}); };
  EXPECT_LT(at(false, false), original - 0.05);
  EXPECT_GT(at(true, false), at(false, false) + 0.05);
  EXPECT_GT(at(false, true), original - 0.01);
  EXPECT_GT(at(true, true), original - 0.01);
}

}  // namespace
}  // namespace quantbench::execute
