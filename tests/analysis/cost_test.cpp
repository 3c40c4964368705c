#include "quantbench/analysis/cost.h"

#include <gtest/gtest.h>

#include "quantbench/report/answer_text.h"

namespace quantbench::analysis {
namespace {

store::Row row(bool quantized, double latency_ms) {
  store::Row out;
  out.parameters = {{"apply_quantization", quantized}};
  out.quantized = quantized;
  out.evaluation = {{"accuracy", 0.9}};
  measure::Timing timing;
  timing.batch_size = 2;
  timing.input_length = 32;
  timing.latency_mean = latency_ms;
  out.timings = {timing};
  return out;
}

store::RunResult priced_run() {
  store::RunResult result;
  result.spec = {{"metrics", {"accuracy"}},
                 {"backend_args", {{"instance_type", "ml.m5.large"}}},
                 {"price_per_hour", {{"ml.m5.large", 3.6}, {"any", 7.2}}}};
  result.benchmarked = {{"apply_quantization", {false, true}}};
  result.rows = {row(false, 40), row(true, 10)};
  return result;
}

TEST(Cost, has_the_price_of_the_name_in_backend_args_else_of_any_machine) {
  store::RunResult result = priced_run();
  EXPECT_EQ(price_per_hour(result), 3.6);
  result.spec["backend_args"]["instance_type"] = Json::array({"ml.m5.large"});
  EXPECT_EQ(price_per_hour(result), 3.6);
  result.spec["backend_args"]["instance_type"] = Json::array({"ml.m5.large", "ml.c7i.large"});
  EXPECT_EQ(price_per_hour(result), 7.2) << "which of the two it was is not known";
  result.spec["backend_args"] = Json::object();
  EXPECT_EQ(price_per_hour(result), 7.2);
  result.spec["price_per_hour"].erase("any");
  EXPECT_EQ(price_per_hour(result), std::nullopt);
  result.spec.erase("price_per_hour");
  EXPECT_EQ(price_per_hour(result), std::nullopt);
}

TEST(Cost, is_the_time_of_a_million_samples_at_that_price) {
  // A batch of 2 in 10 ms are 200 samples a second: 5000 seconds at 3.6 / 3600 s.
  const auto cost = cost_of(row(true, 10), {2, 32}, 3.6);
  ASSERT_TRUE(cost);
  EXPECT_NEAR(cost->per_million, 5, 1e-9);
  EXPECT_EQ(cost->streams, 0);
  EXPECT_FALSE(cost_of(row(true, 10), {1, 32}, 3.6));
}

TEST(Cost, is_the_lowest_of_all_loads_that_were_measured_at_the_shape) {
  store::Row busy = row(true, 10);
  measure::StreamFigures figures;
  figures.batch_size = 2;
  figures.input_length = 32;
  figures.streams = 4;
  figures.samples_per_second = 500;
  busy.streams = {figures, figures, figures};
  busy.streams[1].streams = 8;
  busy.streams[1].samples_per_second = 400;
  busy.streams[2].input_length = 64;
  busy.streams[2].samples_per_second = 9000;
  const auto cost = cost_of(busy, {2, 32}, 3.6);
  ASSERT_TRUE(cost);
  EXPECT_NEAR(cost->per_million, 2, 1e-9);
  EXPECT_EQ(cost->streams, 4);
}

TEST(Cost, stands_in_the_answer_with_the_originals) {
  const store::RunResult result = priced_run();
  const auto cost = cost_of(result, *answer(result));
  ASSERT_TRUE(cost);
  EXPECT_NEAR(cost->row.per_million, 5, 1e-9);
  EXPECT_NEAR(cost->original.per_million, 20, 1e-9);
  const std::string text = report::short_answer(result);
  EXPECT_NE(text.find("At 3.60 an hour, a million inferences cost 5.00 instead of 20.0."),
            std::string::npos)
      << text;
  EXPECT_NEAR(report::answer_json(result).at("cost").at("per_million").get<double>(), 5, 1e-9);
  store::RunResult unknown = result;
  unknown.spec.erase("price_per_hour");
  EXPECT_EQ(report::short_answer(unknown).find("cost"), std::string::npos);
  EXPECT_FALSE(report::answer_json(unknown).contains("cost"));
}

}  // namespace
}  // namespace quantbench::analysis
