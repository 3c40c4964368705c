#include "cli/result_table.h"

#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <string_view>

#include "cli/terminal.h"
#include "quantbench/base/text.h"

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
  for (int i = 0; i < 400; ++i)
    timing.latencies.push_back(latency_ms * (1 + 0.01 * (i / 20 % 7 - 3)));
  out.timings = {timing};
  out.model_bytes = 10'000'000;
  return out;
}

store::RunResult run(std::vector<Row> rows) {
  store::RunResult result;
  result.spec = {{"task", "text-classification"}, {"metrics", {"accuracy"}}};
  for (const auto& [key, value] : rows.front().parameters.items())
    result.benchmarked[key] = Json::array();
  result.rows = std::move(rows);
  return result;
}

/// The line that holds `text`, without what stands before it.
std::string line_with(const std::string& table, const std::string& text) {
  for (const std::string& line : split(table, '\n')) {
    if (line.find(text) != std::string::npos) return line;
  }
  return {};
}

TEST(ResultTable, shows_speedup_interval_and_change_of_every_row) {
  const std::string text = result_table(
      run({row({{"per_channel", nullptr}, {"framework", "onnxruntime"}}, false, 0.9, 20),
           row({{"per_channel", true}, {"framework", "onnxruntime"}}, true, 0.895, 10)}),
      80);
  EXPECT_NE(text.find("All quantized rows: per_channel True, framework onnxruntime"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("total_time"), std::string::npos) << text;
  const std::string best = line_with(text, "> per_channel");
  EXPECT_TRUE(std::regex_search(best, std::regex("2\\.00x  1\\.9\\d-2\\.0\\d  "))) << text;
  EXPECT_NE(best.find("0.895   -0.50  10.0"), std::string::npos) << text;
}

TEST(ResultTable, lists_the_fastest_row_first) {
  const std::string text = result_table(
      run({row({{"name", "x"}}, false, 0.9, 20), row({{"name", "slow"}}, true, 0.9, 15),
           row({{"name", "fast"}}, true, 0.9, 10)}),
      80);
  EXPECT_LT(text.find("fast "), text.find("slow ")) << text;
  EXPECT_LT(text.find("slow "), text.find("original ")) << text;
}

TEST(ResultTable, fits_its_width_whatever_the_names) {
  std::vector<Row> rows = {
      row({{"operators_to_quantize", nullptr}, {"node_exclusion", nullptr}}, false, 0.9, 20)};
  for (int i = 0; i < 5; ++i) {
    rows.push_back(
        row({{"operators_to_quantize",
              {"Add", "MatMul", "Gather", "Attention", "EmbedLayerNormalization"}},
             {"node_exclusion", {"layernorm", "gelu", "residual", "gather:" + std::to_string(i)}}},
            true, 0.9, 10 + i));
    rows.back().evaluation["f1"] = 0.8;
    rows.back().warnings = {
        "this CPU has no VNNI: its u8 x s8 products saturate, which can cost accuracy that other "
        "CPUs keep"};
  }
  for (Row& one : rows) {
    for (int batch = 2; batch <= 9; ++batch) {
      one.timings.push_back(one.timings.front());
      one.timings.back().batch_size = batch;
    }
  }
  for (const std::size_t width : {80, 120}) {
    const std::string text = result_table(run(rows), width) + answer_text(run(rows), width);
    for (const std::string& line : split(text, '\n')) EXPECT_LE(display_width(line), width) << line;
    EXPECT_NE(text.find("warning: rows 1-5 of the table: this CPU"), std::string::npos) << text;
  }
}

/// The figures of a row under the load of concurrent streams.
measure::StreamFigures under_load(std::int64_t streams, double samples_per_second, double p99) {
  measure::StreamFigures figures;
  figures.streams = streams;
  figures.batch_size = 1;
  figures.input_length = 128;
  figures.samples_per_second = samples_per_second;
  figures.latency_99 = p99;
  return figures;
}

TEST(ResultTable, shows_the_throughput_of_concurrent_streams) {
  std::vector<Row> rows = {row({{"name", "x"}}, false, 0.9, 20),
                           row({{"name", "y"}}, true, 0.9, 10)};
  EXPECT_EQ(result_table(run(rows), 80).find("concurrent"), std::string::npos);
  rows[0].streams = {under_load(1, 50, 21), under_load(2, 90.5, 25)};
  rows[1].streams = {under_load(1, 100, 11)};
  std::string text = result_table(run(rows), 80);
  EXPECT_NE(text.find("Samples a second of concurrent streams (99 % latency in ms), at batch size "
                      "1,\n  input length 128:\n  row "),
            std::string::npos)
      << text;
  EXPECT_NE(line_with(text, "1 stream ").find("2 streams"), std::string::npos) << text;
  EXPECT_NE(text.find("50.0 (21.0)  90.5 (25.0)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("100 (11.0)            -\n"), std::string::npos) << "not measured\n" << text;
  EXPECT_EQ(text.find("J/sample"), std::string::npos) << text;

  rows[0].streams[1].joules_per_sample = 0.01234;
  text = result_table(run(rows), 80);
  EXPECT_NE(text.find("joules a\n  sample of 2 streams"), std::string::npos) << text;
  EXPECT_NE(text.find("90.5 (25.0)    0.0123\n"), std::string::npos) << text;
}

TEST(ResultTable, with_many_numbers_of_streams_fits_its_width) {
  std::vector<Row> rows = {row({{"name", "x"}}, false, 0.9, 20),
                           row({{"name", "y"}}, true, 0.9, 10)};
  for (std::int64_t count = 1; count <= 12; ++count) {
    for (Row& one : rows) one.streams.push_back(under_load(count, 123.4, 56.7));
    for (Row& one : rows) one.streams.back().joules_per_sample = 0.5;
    const std::string text = result_table(run(rows), 80);
    for (const std::string& line : split(text, '\n')) EXPECT_LE(display_width(line), 80) << line;
  }
  EXPECT_NE(result_table(run(rows), 80).find("Measured with 12 numbers of concurrent streams"),
            std::string::npos);
}

TEST(ResultTable, says_why_a_row_failed) {
  Row failed = row({{"per_channel", true}}, true, 0, 0);
  failed.status = Row::Status::kFailed;
  failed.message = "worker killed by signal 9";
  failed.evaluation.clear();
  failed.timings.clear();
  const std::string text =
      result_table(run({row({{"per_channel", nullptr}}, false, 0.9, 20), failed}), 80);
  EXPECT_NE(text.find("(failed)"), std::string::npos) << text;
  EXPECT_NE(text.find("failed: per_channel: worker killed by signal 9"), std::string::npos) << text;
}

TEST(AnswerText, says_which_row_how_fast_and_at_what_cost) {
  const std::string text = answer_text(run({row({{"per_channel", nullptr}}, false, 0.9, 20),
                                            row({{"per_channel", true}}, true, 0.895, 10)}),
                                       200);
  EXPECT_TRUE(std::regex_search(text, std::regex("^best   per_channel +1 x 128\n"))) << text;
  EXPECT_TRUE(std::regex_search(
      text, std::regex("\n       10\\.0 ms instead of 20\\.0: 2\\.00 x faster \\(1\\.9\\d to "
                       "2\\.0\\d\\) +10\\.0 MB instead of 10\\.0\n")))
      << text;
  EXPECT_NE(text.find("\n       accuracy 0.8950 instead of 0.9000: loses 0.005"), std::string::npos)
      << text;
}

TEST(AnswerText, names_equals_and_what_loses_too_much) {
  Row same = row({{"name", "same"}}, true, 0.9, 10.001);
  Row bad = row({{"name", "bad"}}, true, 0.7, 5);
  bad.quantization.emplace();
  bad.quantization->quantized = {{"MatMul", 12}};
  bad.quantization->advice = {{.preset = "gentle", .activations = 30, .in_float = 20}};
  const std::string text = answer_text(run({row({{"name", "x"}}, false, 0.9, 20),
                                            row({{"name", "fast"}}, true, 0.9, 10), same, bad}),
                                       200);
  EXPECT_NE(text.find("\ntied   same (10.0 ms, 10.0 MB)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nout    bad: -0.2 (preset gentle leaves 20 of its 30 quantized activations "
                      "in float)\n"),
            std::string::npos)
      << text;
}

TEST(AnswerText, says_that_the_original_stays_where_every_row_loses_too_much) {
  const std::string text = answer_text(
      run({row({{"name", "x"}}, false, 0.9, 20), row({{"name", "bad"}}, true, 0.7, 10)}), 80);
  EXPECT_TRUE(
      text.starts_with("best   no quantized row loses at most 0.01 of accuracy\n"
                       "near   bad "))
      << text;
}

/// A search that looked at three candidates; rows: the original, the chosen one, a stopped one.
store::RunResult searched(std::string_view outcome, double loss, double bound) {
  Row stopped = row({{"name", "static"}}, true, 0, 0);
  stopped.status = Row::Status::kSkipped;
  stopped.message = "loses 0.147 on 100 samples (0.08 to 0.21), more than 0.01";
  stopped.evaluation.clear();
  stopped.timings.clear();
  store::RunResult result = run(
      {row({{"name", "x"}}, false, 0.9, 20), row({{"name", "dynamic"}}, true, 0.898, 10), stopped});
  store::Tuning& tuning = result.tuning.emplace();
  tuning.figure = "accuracy";
  tuning.objective = store::Tuning::kLatency;
  tuning.max_drop = tuning.budget = 0.01;
  tuning.search_samples = tuning.confirmation_samples = 436;
  tuning.outcome = outcome;
  tuning.row = 1;
  tuning.loss = loss;
  tuning.bound = bound;
  using Step = store::Tuning::Step;
  const auto add = [&](std::string_view kind, const char* name, std::string_view verdict,
                       const std::string& reason) -> Step& {
    Step& step = tuning.steps.emplace_back();
    step.kind = kind;
    step.candidate = name;
    step.verdict = verdict;
    step.reason = reason;
    step.seconds = static_cast<double>(tuning.steps.size());
    return step;
  };
  Step& bad = add(Step::kEvaluate, "static", Step::kStopped, stopped.message);
  bad.samples = 100;
  bad.loss = 0.147;
  bad.loss_low = 0.08;
  bad.loss_high = 0.21;
  add(Step::kEvaluate, "preset a", Step::kStopped, std::string(Step::kSameModel) + "dynamic");
  Step& slow = add(Step::kTime, "slow", Step::kStopped, "0.80 x faster, worse than the original");
  slow.loss = 0.002;
  slow.speedup = 0.8;
  add(Step::kConfirm, "dynamic", Step::kChosen, "");
  return result;
}

TEST(AnswerText, of_a_search_says_how_sure_the_loss_is) {
  store::RunResult result = searched(store::Tuning::kShown, 0.0023, 0.0064);
  std::string text = answer_text(result, 120);
  EXPECT_TRUE(text.starts_with("best   dynamic ")) << text;
  EXPECT_NE(text.find("\n       accuracy 0.8980 instead of 0.9000: loses at most 0.007 with 95 % "
                      "confidence on 436 samples\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\nout    static: -0.147 (loses 0.147 on 100 samples"), std::string::npos)
      << text;
  EXPECT_NE(text.find("\n       and 1 that others outrun\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("preset a"), std::string::npos) << "another one's model\n" << text;
  EXPECT_EQ(text.find("open "), std::string::npos) << text;

  result.tuning->outcome = store::Tuning::kNotShown;
  result.tuning->bound = 0.021;
  result.tuning->samples_needed = 1900;
  text = answer_text(result, 200);
  EXPECT_NE(text.find("0.9000: loses 0.0023, but 436 samples cannot show a loss below 0.021; about "
                      "1,900 would show 0.01\n"),
            std::string::npos)
      << text;

  result.tuning->finished = false;
  result.tuning->unfinished_reason = "the time limit of 60 s";
  text = answer_text(result, 200);
  EXPECT_NE(
      text.find("\nopen   the search is not finished: the time limit of 60 s; the same command "
                "goes on\n"),
      std::string::npos)
      << text;
}

TEST(AnswerText, of_a_search_that_found_nothing_keeps_the_original) {
  store::RunResult result = searched(store::Tuning::kOutside, 0.047, 0.061);
  std::string text = answer_text(result, 200);
  EXPECT_TRUE(
      text.starts_with("best   No candidate stays within a loss of 0.01 of accuracy, so the "
                       "original stays.\nnear   dynamic "))
      << text;
  EXPECT_NE(text.find("loses 0.047 on 436 samples, which is 0.037 more than the accepted 0.01"),
            std::string::npos)
      << text;
  result.tuning->outcome = store::Tuning::kNothing;
  result.tuning->row = -1;
  text = answer_text(result, 200);
  EXPECT_TRUE(text.starts_with("best   No candidate ran")) << text;
}

TEST(ResultTable, of_a_search_leaves_out_what_it_stopped) {
  store::RunResult result = searched(store::Tuning::kShown, 0.0023, 0.0064);
  EXPECT_EQ(result_table(result, 120).find("static"), std::string::npos)
      << result_table(result, 120);
  result.tuning.reset();
  EXPECT_NE(result_table(result, 120).find("skipped: static: loses 0.147"), std::string::npos);
}

}  // namespace
}  // namespace quantbench::cli
