// How a search is shown: sentences, results.json, card, Markdown, CSV, the page's data.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/text.h"
#include "quantbench/report/answer_text.h"
#include "quantbench/report/decision_text.h"
#include "quantbench/report/html/page_data.h"
#include "quantbench/report/report.h"

namespace quantbench::report {
namespace {

using store::Tuning;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

store::Row& add_row(store::RunResult& result, const std::string& name, bool quantized,
                    double accuracy, double latency_ms) {
  store::Row& row = result.rows.emplace_back();
  row.parameters = {{"name", name}};
  row.quantized = quantized;
  row.evaluation = {{"accuracy", accuracy}};
  measure::Timing& timing = row.timings.emplace_back();
  timing.batch_size = 1;
  timing.input_length = 32;
  timing.latency_mean = latency_ms;
  return row;
}

Tuning::Step& add_step(Tuning& tuning, std::string_view kind, const std::string& candidate,
                       std::string_view verdict, const std::string& reason) {
  Tuning::Step& step = tuning.steps.emplace_back();
  step.kind = kind;
  step.candidate = candidate;
  step.verdict = verdict;
  step.reason = reason;
  step.seconds = 2 * static_cast<double>(tuning.steps.size());
  return step;
}

/// Rows: a slow finalist, the original, the chosen one, a stopped one.
store::RunResult searched() {
  store::RunResult result;
  result.spec = {{"task", "text-classification"}, {"metrics", {"accuracy"}}};
  result.benchmarked = {{"name", {"a", "b", "c"}}};
  result.evaluation_samples = 872;
  add_row(result, "slow", true, 0.898, 8);
  add_row(result, "x", false, 0.9, 20);
  add_row(result, "best", true, 0.897, 5);
  store::Row& stopped = add_row(result, "static", true, 0, 0);
  stopped.status = store::Row::Status::kSkipped;
  stopped.message = "loses 0.147 on 100 samples";
  stopped.evaluation.clear();
  stopped.timings.clear();
  Tuning& tuning = result.tuning.emplace();
  tuning.figure = "accuracy";
  tuning.objective = Tuning::kLatency;
  tuning.max_drop = tuning.budget = 0.01;
  tuning.search_samples = tuning.confirmation_samples = 436;
  tuning.outcome = Tuning::kShown;
  tuning.row = 2;
  tuning.loss = 0.0023;
  tuning.bound = 0.0064;
  Tuning::Step& bad = add_step(tuning, Tuning::Step::kEvaluate, "static <b>|",
                               Tuning::Step::kStopped, "loses 0.147 on 100 samples");
  bad.samples = 100;
  bad.loss = 0.147;
  bad.loss_low = 0.08;
  bad.loss_high = 0.21;
  bad.speedup = 4;
  Tuning::Step& kept =
      add_step(tuning, Tuning::Step::kTime, "slow", Tuning::Step::kKept, "2.50 x faster");
  kept.speedup = 2.5;
  kept.speedup_low = 2.4;
  kept.speedup_high = 2.6;
  Tuning::Step& chosen = add_step(tuning, Tuning::Step::kConfirm, "best", Tuning::Step::kChosen,
                                  "loses at most 0.007");
  chosen.operators_in_float = 3;
  chosen.samples = 436;
  return result;
}

TEST(Decision, that_is_shown_says_how_much_is_lost_at_most) {
  EXPECT_THAT(decision_sentences(searched()),
              ElementsAre("best is the fastest model found that stays within a loss of 0.01 of "
                          "accuracy.",
                          "It loses at most 0.007 with 95 % confidence on 436 samples."));
}

TEST(Decision, that_is_not_shown_says_how_many_samples_would) {
  store::RunResult result = searched();
  result.tuning->outcome = Tuning::kNotShown;
  result.tuning->bound = 0.021;
  result.tuning->samples_needed = 1900;
  EXPECT_THAT(
      decision_sentences(result),
      ElementsAre(HasSubstr("within a loss of 0.01 of accuracy, but the samples do not show it."),
                  "It loses 0.0023, but 436 samples cannot show a loss below 0.021; about 1,900 "
                  "would show 0.01."));
  result.tuning->refused = "faster; fastest";
  EXPECT_THAT(decision_sentences(result)[1],
              HasSubstr("It is within the accepted 0.01 on 436 samples, but this is not shown: 2 "
                        "faster models"));
  result.tuning->bound.reset();
  EXPECT_EQ(decision_sentences(result)[1],
            "It was not judged on samples that had no part in its choice.");
}

TEST(Decision, that_is_outside_says_how_far_off_the_nearest_is) {
  store::RunResult result = searched();
  result.tuning->outcome = Tuning::kOutside;
  result.tuning->loss = 0.047;
  result.tuning->bound = 0.06;
  EXPECT_THAT(decision_sentences(result),
              ElementsAre("No candidate stays within a loss of 0.01 of accuracy, so the original "
                          "stays.",
                          "The nearest is best: it loses 0.047 on 436 samples, which is 0.037 more "
                          "than the accepted 0.01."));
}

TEST(Decision, that_is_not_better_says_that_the_original_stays) {
  store::RunResult result = searched();
  result.tuning->outcome = Tuning::kNotBetter;
  EXPECT_THAT(
      decision_sentences(result),
      ElementsAre("No candidate that stays within a loss of 0.01 of accuracy is faster than the "
                  "original, so the original stays.",
                  "The best of them is best: it loses at most 0.007 with 95 % confidence on 436 "
                  "samples."));
  result.tuning->objective = Tuning::kSize;
  EXPECT_THAT(decision_sentences(result)[0], HasSubstr("is smaller than the original, so"));
}

TEST(Decision, of_an_unfinished_search_says_that_it_goes_on) {
  store::RunResult result = searched();
  result.tuning->finished = false;
  result.tuning->unfinished_reason = "the time limit of 60 s";
  EXPECT_THAT(decision_sentences(result)[0], HasSubstr("is the fastest model found so far that"));
  EXPECT_EQ(decision_sentences(result)[2],
            "The search is not finished: the time limit of 60 s; the same command goes on.");
  result.tuning->unfinished_reason = "interrupted; the same command goes on";
  EXPECT_EQ(decision_sentences(result)[2],
            "The search is not finished: interrupted; the same command goes on.");
  result.tuning->outcome = Tuning::kNothing;
  result.tuning->row = -1;
  EXPECT_THAT(decision_sentences(result)[0], HasSubstr("No candidate is known so far"));
  result.tuning->finished = true;
  EXPECT_EQ(decision_sentences(result)[0],
            "No candidate ran (loses 0.147 on 100 samples), so the original stays.");
}

TEST(Decision, names_the_objective_and_a_relative_budget) {
  store::RunResult result = searched();
  result.tuning->objective = Tuning::kSize;
  result.tuning->max_drop_is_relative = true;
  result.tuning->budget = 0.009;
  EXPECT_EQ(
      decision_sentences(result)[0],
      "best is the smallest model found that stays within a loss of 0.009 of accuracy (1 % of "
      "the original's).");
  result.tuning->objective = Tuning::kMemory;
  EXPECT_THAT(decision_sentences(result)[0], HasSubstr("best needs the least memory of the models "
                                                       "found that"));
}

TEST(Answer, of_a_search_is_in_results_json) {
  store::RunResult result = searched();
  result.tuning->tied = {0};
  const Json answer = answer_json(result);
  EXPECT_EQ(answer["outcome"], "shown");
  EXPECT_EQ(answer["row"], 2);
  EXPECT_EQ(answer["loss"], 0.0023);
  EXPECT_EQ(answer["bound"], 0.0064);
  EXPECT_EQ(answer["confidence"], 0.95);
  EXPECT_EQ(answer["samples"], 436);
  EXPECT_TRUE(answer["samples_needed"].is_null());
  EXPECT_EQ(answer["speedup"], 4);
  EXPECT_EQ(answer["tied"], Json({0}));
  EXPECT_EQ(answer["as_fast"], Json({0}));
  EXPECT_EQ(answer["accepted_loss"], 0.01);
  EXPECT_THAT(answer["text"].dump(),
              HasSubstr("The search looked at 3 candidates in 6 s. It chose on 436 samples and "
                        "proved on 436 others."));
  EXPECT_THAT(answer["text"].dump(), HasSubstr("Mixed precision leaves 3 operators in float."));
  const Document document(result);
  EXPECT_EQ(Document::from_json(document.to_json(), "t").to_json(), document.to_json());

  result.tuning->outcome = Tuning::kNothing;
  result.tuning->row = -1;
  const Json none = answer_json(result);
  EXPECT_TRUE(none["row"].is_null());
  EXPECT_EQ(none["outcome"], "nothing");
  EXPECT_EQ(none["within"], false);
}

TEST(Card, of_a_search_says_what_was_decided_where_it_has_remarks) {
  EXPECT_THAT(
      render(searched(), "card"),
      HasSubstr("# Remarks\n## Answer\n* best is the fastest model found that stays within a "
                "loss of 0.01 of accuracy.\n* It loses at most 0.007 with 95 % confidence on "
                "436 samples.\n"));
  EXPECT_THAT(render(searched(), "card", Remarks::kNone), Not(HasSubstr("confidence")));
}

TEST(Markdown, of_a_search_has_its_path_and_no_line_for_what_it_stopped) {
  const std::string text = render(searched(), "markdown");
  EXPECT_TRUE(text.starts_with("**best is the fastest model found that")) << text;
  EXPECT_THAT(text, HasSubstr("<summary>The path of the search: 3 steps</summary>"));
  EXPECT_THAT(text, HasSubstr("0.1470 (0.0800 to 0.2100)"));
  EXPECT_THAT(text, HasSubstr("2.50 (2.40 to 2.60)"));
  EXPECT_THAT(text, HasSubstr("static \\<b>\\|")) << "a stranger's text stays text";
  EXPECT_THAT(text, Not(HasSubstr("`static`")));
  store::RunResult grid = searched();
  grid.tuning.reset();
  EXPECT_THAT(render(grid, "markdown"), HasSubstr("`static`"));
  EXPECT_THAT(render(grid, "markdown"), Not(HasSubstr("<details>")));
}

TEST(Csv, of_a_search_says_which_row_was_decided_on) {
  store::RunResult result = searched();
  result.tuning->tied = {0};
  std::vector<std::string> lines = split(render(result, "csv"), '\n');
  EXPECT_TRUE(lines[0].ends_with(",decision\r"));
  const auto commas = [](const std::string& line) {
    return std::count(line.begin(), line.end(), ',');
  };
  std::vector<std::string> ends;
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    EXPECT_EQ(commas(lines[i]), commas(lines[0])) << lines[i];
    ends.push_back(lines[i].substr(0, lines[i].find(',')) + lines[i].substr(lines[i].rfind(',')));
  }
  EXPECT_THAT(ends,
              testing::UnorderedElementsAre("slow,tied\r", "x,\r", "best,shown\r", "static,\r"));
  result.tuning.reset();
  EXPECT_THAT(render(result, "csv"), Not(HasSubstr("decision")));
}

TEST(PageData, of_a_search_has_its_decision_and_path) {
  const Json data = html::page_data(searched());
  const Json& search = data["search"];
  EXPECT_EQ(data["rows"][search["row"].get<std::size_t>()]["name"], "best");
  EXPECT_EQ(search["metric"], "accuracy");
  EXPECT_EQ(search["outcome"], "shown");
  ASSERT_EQ(search["steps"].size(), 3U);
  EXPECT_EQ(search["steps"][0]["loss_interval"], Json({0.08, 0.21}));
  EXPECT_TRUE(search["steps"][0]["speedup_interval"].is_null());
  EXPECT_EQ(search["stopped"], Json::array({{{"name", "static <b>|"},
                                             {"loss", 0.147},
                                             {"speedup", 4.0},
                                             {"reason", "loses 0.147 on 100 samples"}}}));
  EXPECT_THAT(data["notices"].dump(), Not(HasSubstr("Skipped")));
  store::RunResult result = searched();
  result.tuning->objective = Tuning::kSize;
  EXPECT_EQ(html::page_data(result)["search"]["stopped"], Json::array())
      << "the gain of a size is not a speedup";
  result.tuning.reset();
  EXPECT_TRUE(html::page_data(result)["search"].is_null());
}

}  // namespace
}  // namespace quantbench::report
