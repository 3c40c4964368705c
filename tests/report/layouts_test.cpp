#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/utf8.h"
#include "quantbench/report/markdown.h"
#include "quantbench/report/registry.h"
#include "quantbench/report/report.h"
#include "report/card_numbers.h"

namespace quantbench::report {
namespace {

using testing::HasSubstr;
using testing::Not;

store::RunResult run_000() {
  return run_with_numbers_of(reference_card("000"), "000-sst2-distilbert.yaml", {"accuracy"},
                             "distilbert");
}

TEST(ConfigurationRows, writes_card_000_byte_for_byte) {
  EXPECT_EQ(render(run_000(), "card", Remarks::kNone), reference_card("000"));
}

TEST(ConfigurationRows, writes_card_004_byte_for_byte) {
  const std::string card = reference_card("004");
  EXPECT_EQ(render(run_with_numbers_of(card, "004-beans-vit.yaml", {"accuracy"}, "vit"), "card",
                   Remarks::kNone),
            card);
}

TEST(OriginalOptimizedColumns, writes_card_001_byte_for_byte) {
  const std::string card = reference_card("001");
  const store::RunResult result = run_with_numbers_of(
      card, "001-conll2003-distilbert.yaml",
      {"overall_precision", "overall_recall", "overall_f1", "overall_accuracy"}, "distilbert");
  EXPECT_EQ(render(result, "card", Remarks::kNone), card);
}

TEST(Combined, writes_card_003_byte_for_byte) {
  const std::string card = reference_card("003");
  const store::RunResult result = run_with_numbers_of(card, "003-squad-distilbert-combined.yaml",
                                                      {"exact_match", "f1"}, "distilbert");
  EXPECT_EQ(render(result, "card", Remarks::kNone), card);
}

TEST(Remarks, follow_the_card_without_changing_it) {
  const std::string card = render(run_000(), "card");
  EXPECT_TRUE(card.starts_with(reference_card("000")));
  EXPECT_GT(card.size(), reference_card("000").size());
}

TEST(Remarks, tell_of_failed_rows_nothing_quantized_and_warnings) {
  store::RunResult result = run_000();
  result.quantbench_version = "0.1.0";
  for (store::Row& row : result.rows) {
    if (row.quantized) {
      row.quantization.emplace();
      row.quantization->left = {{"MatMul", 74}};
      if (row.parameters["operators_to_quantize"].size() == 2) {
        row.quantization->quantized = {{"MatMul", 36}};
      }
      row.warnings = {"u8 x s8 products may saturate"};
    }
    if (row.parameters["framework"] == "pytorch") {
      row.status = store::Row::Status::kSkipped;
      row.message = "no such framework in this build";
      row.evaluation.clear();
      row.timings.clear();
    }
  }
  const std::string card = render(result, "card");
  EXPECT_THAT(card,
              HasSubstr("* framework `pytorch`, framework_args `{}`: skipped, no such framework "
                        "in this build\n"));
  EXPECT_THAT(card, HasSubstr("|  nothing quantized  |       74        |"));
  EXPECT_THAT(card, HasSubstr("36 MatMul"));
  EXPECT_THAT(card, HasSubstr("* rows 2-5 of the tables: u8 x s8 products may saturate\n"));
  EXPECT_THAT(card, HasSubstr("* **quantbench**: `0.1.0`\n"));
  // The tables keep their lines: the skipped row is present without figures.
  const std::string reference = reference_card("000");
  const auto lines = [](const std::string& text) { return split(text, '\n'); };
  for (std::size_t i = 0; i + 1 < lines(reference).size(); ++i) {
    if (lines(reference)[i].starts_with("|   `pytorch`")) continue;
    EXPECT_EQ(lines(card)[i], lines(reference)[i]);
  }
}

TEST(Remarks, have_a_table_of_concurrent_streams_where_there_are_any) {
  store::RunResult result = run_000();
  EXPECT_THAT(render(result, "card"), Not(HasSubstr("streams")));
  measure::StreamFigures figures;
  figures.streams = 16;
  figures.batch_size = 4;
  figures.input_length = 128;
  figures.samples_per_second = 1234.5;
  figures.latency_90 = 51.25;
  figures.peak_memory_bytes = 2'500'000;
  for (store::Row& row : result.rows) row.streams = {figures, figures};
  std::string card = render(result, "card");
  EXPECT_TRUE(card.starts_with(reference_card("000")));
  EXPECT_THAT(card, HasSubstr("## Concurrent streams\n"));
  const auto at = card.find("1234.50");
  ASSERT_NE(at, std::string::npos);
  EXPECT_THAT(card.substr(at, 120), HasSubstr("51.25"));
  EXPECT_THAT(card.substr(at, 150), HasSubstr("|       2.5        |\n"));
  EXPECT_THAT(card, Not(HasSubstr("J/sample")));
  result.rows[0].streams[1].joules_per_sample = 0.0375;
  card = render(result, "card");
  EXPECT_THAT(card, HasSubstr("|  0.0375  |\n"));
}

TEST(Remarks, have_what_a_process_takes_where_it_is_known) {
  store::RunResult result = run_000();
  EXPECT_THAT(render(result, "card"), Not(HasSubstr("## Start and running")));
  result.rows[0].timings[0].process = {
      .load_seconds = 0.25, .first_forward = 12.5, .resident_memory_bytes = 98'700'000};
  std::string card = render(result, "card");
  EXPECT_TRUE(card.starts_with(reference_card("000")));
  EXPECT_THAT(card, HasSubstr("## Start and running\n"));
  EXPECT_THAT(card, HasSubstr("98.7"));
  EXPECT_THAT(card, Not(HasSubstr("processor time")));
  result.rows[0].timings[0].process->processor_time = 3.75;
  EXPECT_THAT(render(result, "card"), HasSubstr("3.75"));
}

TEST(Csv, has_a_line_for_concurrent_streams_with_as_many_fields) {
  store::RunResult result = run_000();
  result.rows[0].timings[0].process = {
      .load_seconds = 0.25, .first_forward = 12.5, .resident_memory_bytes = 987};
  measure::StreamFigures figures;
  figures.streams = 16;
  figures.batch_size = 4;
  figures.input_length = 128;
  figures.samples_per_second = 1234.5;
  figures.latency_90 = 51.25;
  result.rows[0].streams = {figures};
  const std::string text = render(result, "csv");
  EXPECT_THAT(text, HasSubstr(",0.25,12.5,987,,,,,\r\n"));
  EXPECT_THAT(text, HasSubstr(",51.25,0.0,0.0,,,,,,,,,,16,1234.5,\r\n"));
  const std::vector<std::string> lines = split(text, '\n');
  const auto commas = [](const std::string& line) {
    return std::count(line.begin(), line.end(), ',');
  };
  // The last line is empty. The parameters of these rows have no commas of their own.
  const auto line = std::find_if(lines.begin(), lines.end(), [](const std::string& one) {
    return one.find("1234.5") != std::string::npos;
  });
  ASSERT_NE(line, lines.end());
  EXPECT_EQ(commas(*line), commas(*(line - 1)));
}

TEST(Layouts, of_july_take_the_original_from_the_unquantized_row) {
  store::RunResult result = run_000();
  const std::string card = render(result, "original_optimized_columns", Remarks::kNone);
  const std::vector<TextTable> tables = tables_of(card);
  ASSERT_EQ(tables.size(), 2u);
  ASSERT_EQ(tables[0].size(), 4u) << "quantized rows only";
  EXPECT_EQ(tables[0][0].at("accuracy (original)"), "0.911");
  EXPECT_EQ(tables[0][0].at("accuracy (optimized)"), "0.898");
  EXPECT_EQ(tables[1][0].at("latency_mean (original, ms)"), "83.23")
      << "onnxruntime's, not pytorch's";
  EXPECT_THAT(card, testing::Not(HasSubstr("total_time_in_seconds")));
  std::erase_if(result.rows, [](const store::Row& row) { return !row.quantized; });
  try {
    render(result, "combined", Remarks::kNone);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "layout combined compares with an original, and the run has no unquantized row "
                 "(use configuration_rows)");
  }
}

TEST(Layouts, refuse_an_unknown_name_with_the_nearest) {
  try {
    render(run_000(), "cvs");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'csv'?"));
  }
}

TEST(Json, holds_the_whole_run) {
  const store::RunResult result = run_000();
  const std::string text = render(result, "json");
  const auto back = store::RunResult::from_json(parse_json(text, "t"), "t");
  EXPECT_EQ(back.to_json(), result.to_json());
}

TEST(Csv, has_a_line_for_every_row_and_shape_and_quotes_what_must_be) {
  store::RunResult result = run_000();
  result.rows[0].message = "he said \"no\"";
  result.rows[0].timings[0].latency_std = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::string> lines = split(render(result, "csv"), '\n');
  ASSERT_EQ(lines.size(), 8u);
  EXPECT_TRUE(lines[0].starts_with("framework,operators_to_quantize,per_channel,framework_args,"));
  EXPECT_THAT(lines[0], HasSubstr(",accuracy,accuracy_change,"));
  EXPECT_TRUE(
      lines[0].ends_with(",latency_999,speedup,speedup_low,speedup_high,load_seconds,first_forward,"
                         "resident_memory_bytes,processor_time,joules,streams,samples_per_second,"
                         "joules_per_sample\r"));
  EXPECT_THAT(lines[1], HasSubstr("onnxruntime,,,\"{\"\"opset\"\":13,\"\"optimization_level\"\":1,"
                                  "\"\"intra_op_num_threads\"\":4}\",False,ok,"));
  EXPECT_THAT(lines[1], HasSubstr(",0.911,,1.5,10.0,0.1,1,224,,12.07,83.23,"));
  const std::string quantized = *std::find_if(lines.begin() + 1, lines.end(), [](const auto& line) {
    return line.find(",True,ok,") != std::string::npos;
  });
  EXPECT_THAT(quantized, HasSubstr("MatMul")) << quantized;
  EXPECT_EQ(quantized.find("['"), std::string::npos) << quantized;
  EXPECT_THAT(render(result, "csv"), HasSubstr("\"he said \"\"no\"\"\""));
  EXPECT_THAT(render(result, "csv"), testing::Not(HasSubstr("nan")));
}

/// An original and a quantized row, both evaluated on 100 samples and timed at 1 x 32 and 8 x 32.
store::RunResult small_run() {
  store::RunResult result;
  result.spec = {{"task", "text-classification"}, {"metrics", {"accuracy"}}};
  result.fixed = {{"framework", "onnxruntime"}, {"framework_args", {{"opset", 13}}}};
  result.benchmarked = {{"apply_quantization", {false, true}}};
  result.evaluation_samples = 100;
  for (const bool quantized : {true, false}) {
    store::Row& row = result.rows.emplace_back();
    row.parameters = {{"apply_quantization", quantized}};
    row.quantized = quantized;
    row.evaluation["accuracy"] = 0.9;
    for (const int batch : {1, 8}) {
      measure::Timing& timing = row.timings.emplace_back();
      timing.batch_size = batch;
      timing.input_length = 32;
      timing.latency_mean = batch * (quantized ? 5 : 10);
    }
  }
  return result;
}

TEST(Markdown, begins_with_the_answer_and_what_all_rows_share) {
  const std::string text = render(small_run(), "markdown");
  EXPECT_TRUE(
      text.starts_with("**quantized is the fastest quantized row that loses at most 1 point "
                       "of accuracy.** It is 2.00 times as fast"))
      << text;
  EXPECT_THAT(text,
              HasSubstr("All quantized rows: framework `onnxruntime`, framework_args.opset `13`"));
  EXPECT_THAT(text, HasSubstr("1 x 32 (ms)"));
  EXPECT_LT(text.find("| `quantized`"), text.find("| `original`")) << "the fastest first";
}

TEST(Markdown, shows_medians_and_streams_where_they_are_known) {
  store::RunResult result = small_run();
  result.rows[0].timings[0].latency_50 = 4.75;
  measure::StreamFigures figures;
  figures.streams = 2;
  figures.batch_size = 1;
  figures.input_length = 32;
  figures.samples_per_second = 1234.5;
  result.rows[0].streams = {figures};
  const std::string text = render(result, "markdown");
  EXPECT_THAT(text, HasSubstr(" 1 x 32 (ms / p50) "));
  EXPECT_THAT(text, HasSubstr(" 5.00 / 4.75 (2.00x) "));
  EXPECT_THAT(text, HasSubstr(" 8 x 32 (ms) "));
  EXPECT_THAT(text, HasSubstr(" 2 streams, 1 x 32 (samples/s) "));
}

TEST(Labels, of_images_say_their_size) {
  store::RunResult result = small_run();
  result.input_size = "224 x 224";
  const std::string text = render(result, "markdown");
  EXPECT_THAT(text, HasSubstr("8 x 224x224 (ms)"));
  EXPECT_THAT(text, HasSubstr("at batch size 1, images of 224 x 224."));
  EXPECT_THAT(text, testing::Not(HasSubstr("x 32")));
}

TEST(Json, has_the_answer_and_the_look_of_an_imported_card) {
  const Json run = parse_json(render(small_run(), "json"), "t");
  EXPECT_EQ(run["schema_version"], 2);
  EXPECT_EQ(run["answer"]["row"], 0);
  EXPECT_EQ(run["answer"]["figure"], "accuracy");
  EXPECT_EQ(run["answer"]["speedup"], 2.0);
  EXPECT_EQ(run["answer"]["accepted_loss"], 0.01);
  EXPECT_EQ(run["card"], Json::object());
  const std::string card = reference_card("000");
  const Json imported = parse_json(render(import_card(card, "card.md").result, "json"), "t");
  EXPECT_EQ(imported["card"]["layout"], "configuration_rows");
  EXPECT_EQ(render(Document::from_json(imported, "t"), "card"), card);
}

TEST(Document, refuses_a_look_that_is_no_object) {
  Json json = Document(small_run()).to_json();
  json["card"] = 1;
  EXPECT_THROW(Document::from_json(json, "results.json"), Error);
}

TEST(Remarks, begin_with_the_answer) {
  EXPECT_THAT(render(small_run(), "card"),
              HasSubstr("# Remarks\n## Answer\n* quantized is the fastest quantized row"));
}

// from_json checks the keys that it needs. Every layout handles the rest of the spec.
TEST(Csv, has_no_cell_that_a_spreadsheet_takes_for_a_formula) {
  for (const std::string formula :
       {"=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uFF1D1"}) {
    store::RunResult result = run_000();
    result.rows[0].message = formula;
    result.rows[0].parameters["framework"] = formula;
    const std::string text = render(result, "csv");
    EXPECT_THAT(text, HasSubstr("\"'" + visible(formula) + "\"")) << formula;
    EXPECT_THAT(text, testing::Not(HasSubstr("," + formula)));
  }
  store::RunResult result = run_000();
  result.rows[0].parameters["framework"] = -1;
  EXPECT_THAT(render(result, "csv"), HasSubstr("\n-1,")) << "a number stays a number";
}

TEST(Card, has_nothing_live_of_a_stranger_s_results) {
  store::RunResult result = run_000();
  const std::string hostile = "[a](javascript:b) <b> `c` | www.h.org";
  result.fixed = {{hostile, hostile}, {"dataset", {{"path", hostile}}}};
  result.spec["dataset"]["path"] = hostile;
  result.rows[0].status = store::Row::Status::kFailed;
  result.rows[0].message = hostile;
  Document document(result);
  document.style.heading = {"**task**: `x`", hostile};
  document.style.remarks = "# Remarks\n* " + hostile + "\n";
  const std::string card = render(document, "card");
  EXPECT_THAT(card, HasSubstr("* **" + markdown::text(hostile) + "**: ``"));
  EXPECT_THAT(card, HasSubstr("\\[a\\](javascript:b) \\<b> `c` | www\\.h.org\n"));
  EXPECT_THAT(card, HasSubstr("- \"[a]")) << "quoted in the front matter";
  EXPECT_THAT(render(result, "card"), HasSubstr(": failed, " + markdown::text(hostile) + "\n"));
}

TEST(Card, of_hostile_names_comes_back_as_it_was) {
  store::RunResult result = run_000();
  const std::string hostile = "[a](javascript:b) <b> `c` \\| \x1b[2J";
  result.fixed = {{"name_or_path", hostile}, {"dataset", {{"path", hostile}, {"a*b", hostile}}}};
  result.benchmarked = {{"frame*work", {hostile, "onnxruntime"}}};
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    result.rows[i].parameters = {{"frame*work", i % 2 == 0 ? hostile : "onnxruntime"}};
  }
  const std::string card = render(result, "card", Remarks::kNone);
  const auto back = import_card(card, "card.md").result;
  EXPECT_EQ(back.fixed, result.fixed);
  EXPECT_EQ(back.benchmarked, result.benchmarked);
  EXPECT_EQ(render(back, "card", Remarks::kNone), card);
}

TEST(Card, keeps_no_front_matter_that_ends_before_its_end) {
  const store::RunResult result = run_000();
  for (const char* line : {"---", "...", "a: b\n---\n<b>"}) {
    Document document(result);
    document.style.front_matter = {"pipeline_tag: x", line, "<b>"};
    EXPECT_THAT(render(document, "card"),
                testing::StartsWith("---\npipeline_tag: text-classification\n"));
  }
}

// from_json checks what it needs itself; every layout copes with what is left in the spec.
TEST(Layouts, give_text_or_an_error_for_results_whose_spec_someone_changed) {
  const Document imported = import_card(reference_card("000"), "card.md").result;
  for (const Json& spec : {Json::object(), Json{{"task", 1}, {"dataset", 2}, {"metrics", "x"}},
                           Json{{"dataset", {{"path", nullptr}}}, {"batch_sizes", {{"a", 1}}}}}) {
    for (const bool as_card : {true, false}) {
      Document result = imported;
      result.spec = spec;
      if (!as_card) result.style = {};
      for (const std::string& layout : layouts().names()) {
        try {
          render(result, layout);
        } catch (const Error&) {
        }
      }
    }
  }
}

}  // namespace
}  // namespace quantbench::report
