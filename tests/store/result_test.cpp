#include "quantbench/store/result.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <string>

#include "quantbench/base/error.h"

namespace quantbench::store {
namespace {

RunResult example() {
  RunResult result;
  result.run_id = "r1";
  result.started_at = "2026-01-02T03:04:05Z";
  result.quantbench_version = "0.1.0";
  result.spec = {{"task", "text-classification"}, {"batch_sizes", {1, 8}}};
  result.fixed = {{"per_channel", false}};
  result.benchmarked = {{"framework_args", Json::array({{{"opset", 13}}, Json::object()})}};
  result.model_type = "bert";
  result.figures = {"f1", "accuracy"};
  result.evaluation_samples = 872;
  result.input_size = "224 x 224";
  result.machine = {{"cpu", "x"}};
  result.runtimes = Json::array({{{"onnxruntime", "1.32"}}});
  Row row;
  row.parameters = {{"framework_args", nullptr}};
  row.status = Row::Status::kFailed;
  row.message = "worker died: signal 9";
  row.quantized = true;
  row.quantization.emplace();
  row.quantization->quantized = {{"Gather", 1}, {"MatMul", 12}};
  row.quantization->left = {{"Add", 74}};
  row.evaluation = {{"accuracy", 0.1 + 0.2}, {"f1", std::nextafter(0.5, 1.0)}};
  measure::Timing timing;
  timing.batch_size = 8;
  timing.input_length = 128;
  timing.nb_forwards = 75;
  timing.throughput = 5.0;
  timing.latency_mean = 1.0 / 3.0;
  timing.latency_999 = std::numeric_limits<double>::denorm_min();
  timing.latencies = {1e-300, 123456789.123456789};
  row.timings = {timing};
  measure::StreamFigures figures;
  figures.streams = 2;
  figures.batch_size = 8;
  figures.samples_per_second = 0.1 + 0.2;
  row.streams = {figures, figures};
  row.streams[1].joules_per_sample = 1.0 / 3.0;
  row.original_evaluation = {{"accuracy", 0.9}};
  row.original_timings = {timing, timing};
  row.peak_memory_bytes = 1LL << 40;
  row.model_bytes = 3;
  row.model_hash = "ab12";
  row.outcomes = {{"accuracy", "f0"}, {"f1", "2/2,0/1,0.6666667/1:0012"}};
  row.warnings = {"a\n\"b\""};
  result.rows = {row, Row()};
  return result;
}

/// The same of a run that searched.
RunResult searched_example() {
  RunResult result = example();
  Tuning& tuning = result.tuning.emplace();
  tuning.figure = "accuracy";
  tuning.objective = Tuning::kLatency;
  tuning.max_drop = 0.01;
  tuning.budget = 0.1 + 0.2;
  tuning.seed = 42;
  tuning.search_samples = 436;
  tuning.confirmation_samples = 436;
  tuning.outcome = Tuning::kNotShown;
  tuning.row = 0;
  tuning.loss = 1.0 / 3.0;
  tuning.samples_needed = 1900;
  tuning.refused = "a; b";
  tuning.tied = {1};
  Tuning::Step step;
  step.kind = Tuning::Step::kMixed;
  step.candidate = "a, 3 operators in float";
  step.verdict = Tuning::Step::kKept;
  step.reason = "loses \"0.001\"";
  step.samples = 100;
  step.loss = 0.001;
  step.speedup = 2.5;
  step.speedup_low = 2.4;
  step.operators_in_float = 3;
  step.seconds = 1.5;
  tuning.steps = {step, Tuning::Step()};
  return result;
}

std::string refusal_of(const std::function<void(Json&)>& change) {
  Json json = example().to_json();
  change(json);
  try {
    RunResult::from_json(json, "results.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(RunResult, of_schema_version_1_still_reads) {
  Json old = example().to_json();
  old["schema_version"] = 1;
  old["card"] = {{"layout", "combined"}};
  old.erase("input_size");
  for (Json& row : old["rows"]) {
    row.erase("model_hash");
    row.erase("outcomes");
  }
  const RunResult result = RunResult::from_json(old, "results.json");
  EXPECT_EQ(result.rows[0].model_hash, "");
  EXPECT_TRUE(result.rows[0].outcomes.empty());
  EXPECT_EQ(result.rows[0].evaluation, example().rows[0].evaluation);
}

TEST(RunResult, comes_back_from_json_text_bit_for_bit) {
  const Json json = example().to_json();
  const std::string text = json.dump(2);
  const RunResult back = RunResult::from_json(parse_json(text, "t"), "t");
  EXPECT_EQ(back.to_json().dump(2), text);
  ASSERT_EQ(back.rows.size(), 2u);
  EXPECT_EQ(back.rows[0].evaluation.at("accuracy"), 0.1 + 0.2);
  EXPECT_EQ(back.rows[0].evaluation.at("f1"), std::nextafter(0.5, 1.0));
  EXPECT_EQ(back.rows[0].timings[0].latency_mean, 1.0 / 3.0);
  EXPECT_EQ(back.rows[0].timings[0].latency_999, std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(back.rows[0].timings[0].latencies, example().rows[0].timings[0].latencies);
  ASSERT_EQ(back.rows[0].streams.size(), 2u);
  EXPECT_EQ(back.rows[0].streams[0].samples_per_second, 0.1 + 0.2);
  EXPECT_EQ(back.rows[0].streams[0].joules_per_sample, std::nullopt);
  EXPECT_EQ(back.rows[0].streams[1].joules_per_sample, 1.0 / 3.0);
  EXPECT_FALSE(json["rows"][1].contains("streams")) << "nothing of them where there are none";
  EXPECT_EQ(back.rows[0].outcomes, example().rows[0].outcomes);
  EXPECT_EQ(back.rows[0].status, Row::Status::kFailed);
  EXPECT_EQ(back.evaluation_samples, 872u);
}

TEST(RunResult, of_a_search_comes_back_with_every_step) {
  EXPECT_FALSE(example().to_json().contains("tuning")) << "a grid has none";
  const std::string text = searched_example().to_json().dump(2);
  const RunResult back = RunResult::from_json(parse_json(text, "t"), "t");
  EXPECT_EQ(back.to_json().dump(2), text);
  ASSERT_TRUE(back.tuning);
  EXPECT_EQ(back.tuning->budget, 0.1 + 0.2);
  EXPECT_EQ(back.tuning->loss, 1.0 / 3.0);
  EXPECT_EQ(back.tuning->bound, std::nullopt);
  EXPECT_EQ(back.tuning->samples_needed, 1900);
  ASSERT_EQ(back.tuning->steps.size(), 2u);
  EXPECT_EQ(back.tuning->steps[0].candidate, "a, 3 operators in float");
  EXPECT_EQ(back.tuning->steps[0].speedup_high, std::nullopt);
}

TEST(RunResult, of_a_search_names_rows_that_it_has) {
  const auto refusal = [](const std::function<void(Json&)>& change) -> std::string {
    Json json = searched_example().to_json();
    change(json["tuning"]);
    try {
      RunResult::from_json(json, "results.json");
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(refusal([](Json& tuning) { tuning["tied"] = {0, 1}; }), "accepted");
  EXPECT_NE(refusal([](Json& tuning) { tuning["row"] = 2; }).find("tuning.row"), std::string::npos);
  EXPECT_NE(refusal([](Json& tuning) { tuning["row"] = -1; }).find("tuning.row"), std::string::npos)
      << "what is chosen has a row";
  EXPECT_NE(refusal([](Json& tuning) {
              tuning["tied"] = {1, -1};
            }).find("tuning.tied[1]"),
            std::string::npos);
  EXPECT_NE(refusal([](Json& tuning) { tuning["outcome"] = "fine"; }).find("tuning.outcome"),
            std::string::npos);
  EXPECT_NE(refusal([](Json& tuning) { tuning["steps"][0].erase("loss"); }).find("steps[0].loss"),
            std::string::npos);
  EXPECT_EQ(refusal([](Json& tuning) {
              tuning["row"] = -1;
              tuning["outcome"] = Tuning::kOutside;
            }),
            "accepted");
}

TEST(RunResult, writes_unknown_figures_as_null_and_reads_them_as_nan) {
  RunResult result = example();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  result.rows[0].evaluation["f1"] = nan;
  result.rows[0].timings[0].latency_99 = nan;
  const RunResult back = RunResult::from_json(parse_json(result.to_json().dump(), "t"), "t");
  EXPECT_TRUE(std::isnan(back.rows[0].evaluation.at("f1")));
  EXPECT_TRUE(std::isnan(back.rows[0].timings[0].latency_99));
}

TEST(RunResult, names_what_is_wrong_with_a_file) {
  EXPECT_EQ(refusal_of([](Json& json) { json["schema_version"] = 3; }),
            "results.json: schema version 3, this program reads versions 1 to 2");
  EXPECT_EQ(refusal_of([](Json& json) { json.erase("rows"); }), "results.json: missing key 'rows'");
  EXPECT_EQ(refusal_of([](Json& json) { json["rows"] = 3; }),
            "results.json: key 'rows' is not a list");
  EXPECT_EQ(refusal_of([](Json& json) { json["rows"][1]["status"] = "fine"; }),
            "results.json: rows[1]: key 'status' is 'fine', expected ok, failed or skipped");
  EXPECT_EQ(refusal_of([](Json& json) { json["rows"][0]["evaluation"]["f1"] = "high"; }),
            "results.json: rows[0]: evaluation: key 'f1' is \"high\", expected a number");
  EXPECT_EQ(refusal_of([](Json& json) { json["rows"][0]["timings"][0].erase("throughput"); }),
            "results.json: rows[0]: timings[0]: timing: missing key 'throughput'");
  EXPECT_EQ(refusal_of([](Json& json) { json["rows"][0]["streams"][1].erase("latency_95"); }),
            "results.json: rows[0]: streams[1].latency_95: is missing");
  EXPECT_EQ(refusal_of([](Json& json) { json["rows"][0]["streams"] = 2; }),
            "results.json: rows[0]: streams: is number, expected a list");
  EXPECT_EQ(refusal_of([](Json& json) { json = Json::array(); }),
            "results.json: expected a JSON object");
}

TEST(RunResult, refuses_every_member_of_another_type) {
  const Json good = example().to_json();
  for (const auto& [key, value] : good.items()) {
    for (const Json& other :
         {Json(nullptr), Json(true), Json("x"), Json::array({1}), Json{{"a", 1}}, Json(-1)}) {
      if (other.type() == value.type() || (other.is_number() && value.is_number())) continue;
      EXPECT_NE(refusal_of([&](Json& json) { json[key] = other; }), "accepted")
          << key << " = " << other;
    }
  }
}

TEST(Row, says_what_was_quantized_and_left) {
  Row row = example().rows[0];
  EXPECT_EQ(row.quantization_note(), "1 Gather, 12 MatMul quantized, 74 operators left");
  row.quantization->quantized = {{"Add", 0}};
  EXPECT_EQ(row.quantization_note(), "nothing quantized, 74 operators left");
  row.quantization.reset();
  EXPECT_EQ(row.quantization_note(), "");
}

TEST(Row, is_compared_with_the_unquantized_row_nearest_to_it) {
  RunResult result;
  const auto add = [&](const char* framework, int opset, bool quantized) -> Row& {
    Row row;
    row.parameters = {{"framework", framework}, {"framework_args", {{"opset", opset}}}};
    row.quantized = quantized;
    result.rows.push_back(row);
    return result.rows.back();
  };
  add("pytorch", 13, false);
  add("onnxruntime", 11, false);
  add("onnxruntime", 13, false);
  add("onnxruntime", 13, true);
  EXPECT_EQ(original_of(result, result.rows[3]), &result.rows[2]);
  EXPECT_EQ(original_of(result, result.rows[2]), nullptr);
  result.rows[2].status = Row::Status::kFailed;
  EXPECT_EQ(original_of(result, result.rows[3]), &result.rows[1]);
  result.rows[1].status = Row::Status::kSkipped;
  EXPECT_EQ(original_of(result, result.rows[3]), &result.rows[0]);
}

}  // namespace
}  // namespace quantbench::store
