#include "cli/result_table.h"

#include <gtest/gtest.h>

#include <string>

namespace quantbench::cli {
namespace {

using store::Row;

Row row(const Json& parameters, bool quantized, double accuracy, double latency_ms) {
  Row out;
  out.parameters = parameters;
  out.quantized = quantized;
  out.evaluation = {{"accuracy", accuracy}, {"total_time_in_seconds", 3.0}};
  measure::Timing timing;
  timing.batch_size = 1;
  timing.input_length = 128;
  timing.latency_mean = latency_ms;
  out.timings = {timing};
  out.model_bytes = 10'000'000;
  return out;
}

TEST(ResultTable, shows_speedup_and_change_of_every_row_and_only_parameters_that_differ) {
  store::RunResult result;
  result.rows = {row({{"per_channel", nullptr}, {"framework", "onnxruntime"}}, false, 0.9, 20),
                 row({{"per_channel", true}, {"framework", "onnxruntime"}}, true, 0.88, 10)};
  const std::string text = result_table(result);
  EXPECT_EQ(text.find("framework"), std::string::npos) << text;
  EXPECT_EQ(text.find("total_time"), std::string::npos) << text;
  EXPECT_NE(text.find("True            0.880  -0.020     10.00    2.00x  10.0"), std::string::npos)
      << text;
}

TEST(ResultTable, begins_with_the_original_whatever_its_place_in_the_grid) {
  store::RunResult result;
  result.rows = {row({{"framework", "onnxruntime"}}, true, 0.88, 10),
                 row({{"framework", "pytorch"}}, false, 0.9, 20)};
  const std::string text = result_table(result);
  EXPECT_LT(text.find("\npytorch"), text.find("\nonnxruntime")) << text;
}

TEST(ResultTable, says_why_a_row_failed) {
  store::RunResult result;
  Row failed = row({{"per_channel", true}}, true, 0, 0);
  failed.status = Row::Status::kFailed;
  failed.message = "worker killed by signal 9";
  failed.evaluation.clear();
  failed.timings.clear();
  result.rows = {row({{"per_channel", nullptr}}, false, 0.9, 20), failed};
  const std::string text = result_table(result);
  EXPECT_NE(text.find("failed\n"), std::string::npos) << text;
  EXPECT_NE(text.find("row 2: worker killed by signal 9"), std::string::npos) << text;
}

}  // namespace
}  // namespace quantbench::cli
