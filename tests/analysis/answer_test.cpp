#include "quantbench/analysis/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/analysis/outside.h"
#include "quantbench/metric/outcomes.h"
#include "quantbench/report/answer_text.h"

namespace quantbench::analysis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// 400 forwards around the mean, within `noise` of it, which changes every 20 forwards.
measure::Timing timing(double mean, double noise = 0.01) {
  measure::Timing out;
  out.batch_size = 1;
  out.input_length = 32;
  out.latency_mean = mean;
  for (int i = 0; i < 400; ++i)
    out.latencies.push_back(mean * (1 + noise * ((i / 20 * 7) % 11 - 5) / 5));
  return out;
}

store::Row& add(store::RunResult& result, const std::string& name, bool quantized, double accuracy,
                double latency_ms, double noise = 0.01) {
  store::Row& row = result.rows.emplace_back();
  row.parameters = {{"framework", "onnxruntime"}, {"name", name}};
  row.quantized = quantized;
  row.evaluation = {{"accuracy", accuracy}};
  row.timings = {timing(latency_ms, noise)};
  return row;
}

store::RunResult empty_run() {
  store::RunResult result;
  result.spec = {{"task", "text-classification"}, {"metrics", {"accuracy"}}};
  result.benchmarked = {{"framework", {"onnxruntime"}}, {"name", {"a", "b", "c"}}};
  result.evaluation_samples = 1000;
  return result;
}

TEST(Answer, gives_the_speedup_and_the_original_of_the_same_turns) {
  store::RunResult result = empty_run();
  add(result, "original", false, 0.900, 20);
  add(result, "fast", true, 0.899, 8).timings[0].speedup = measure::PairedRatio{
      .value = 2, .low = 1.9, .high = 2.1, .original_mean = 16, .rounds = 40, .starts = 3};
  const auto found = answer(result);
  ASSERT_TRUE(found && found->speedup.interval);
  EXPECT_EQ(found->speedup.value, 2);
  EXPECT_EQ(found->speedup.interval->low, 1.9);
  EXPECT_EQ(found->original_latency_ms, 16);
}

TEST(Answer, is_the_fastest_row_within_one_point) {
  store::RunResult result = empty_run();
  add(result, "original", false, 0.900, 20);
  add(result, "accurate", true, 0.898, 12);
  add(result, "fast", true, 0.880, 8);
  const auto found = answer(result);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->choice.row, 1U);
  EXPECT_TRUE(found->within);
  EXPECT_EQ(found->speed, Speed::kFaster);
  EXPECT_NEAR(found->speedup.value, 20.0 / 12, 1e-12);
  const Choices all = choices(result, "accuracy", {1, 32});
  EXPECT_EQ(all.within(0.001), nullptr);
  EXPECT_EQ(all.within(0.02)->row, 2U) << "whoever accepts two points gets the faster one";
}

TEST(Answer, without_a_row_within_the_loss_names_the_one_that_loses_least) {
  store::RunResult result = empty_run();
  add(result, "original", false, 0.90, 20);
  add(result, "bad", true, 0.70, 8);
  add(result, "better", true, 0.80, 9);
  const auto found = answer(result);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->within);
  EXPECT_EQ(found->choice.row, 2U);
  EXPECT_THAT(report::answer_sentences(result).front(), HasSubstr("better loses least"));
}

TEST(Answer, calls_as_fast_what_has_the_same_latency_not_the_same_speedup) {
  store::RunResult result = empty_run();
  add(result, "original", false, 0.9, 2.2, 0.5);
  add(result, "fast", true, 0.9, 1.10);
  add(result, "equal", true, 0.9, 1.101);
  add(result, "slow", true, 0.9, 1.90).parameters["framework"] = "other";
  add(result, "original", false, 0.9, 3.8, 0.5).parameters["framework"] = "other";
  EXPECT_THAT(answer(result)->choice.as_fast, ElementsAre(2U));
}

TEST(Answer, names_rows_with_the_same_files_as_the_same_model) {
  store::RunResult result = empty_run();
  add(result, "original", false, 0.9, 20);
  add(result, "one", true, 0.9, 10).model_hash = "abc";
  add(result, "two", true, 0.9, 10.01).model_hash = "abc";
  add(result, "three", true, 0.9, 10.01).model_hash = "def";
  const auto found = answer(result);
  EXPECT_THAT(found->choice.same_model, ElementsAre(2U));
  EXPECT_THAT(found->choice.as_fast, ElementsAre(3U));
}

TEST(Answer, says_when_the_noise_does_not_show_a_gain) {
  store::RunResult result = empty_run();
  add(result, "original", false, 0.9, 10);
  add(result, "same", true, 0.9, 9.999);
  EXPECT_EQ(answer(result)->speed, Speed::kNotToldApart);
  result.rows[1].timings = {timing(12)};
  EXPECT_EQ(answer(result)->speed, Speed::kSlower);
  EXPECT_THAT(report::answer_sentences(result).front(), HasSubstr("is faster than the original"));
}

TEST(Answer, is_no_row_in_which_nothing_was_quantized) {
  store::RunResult result = empty_run();
  add(result, "original", false, 0.9, 10);
  add(result, "nothing", true, 0.9, 5).quantization = quantize::Report{};
  EXPECT_EQ(answer(result), std::nullopt);
  EXPECT_THAT(report::answer_sentences(result).front(), HasSubstr("there is no answer"));
}

TEST(Answer, of_an_error_metric_is_the_row_that_does_not_raise_it) {
  store::RunResult result = empty_run();
  result.spec["metrics"] = {"mse"};
  for (const auto& [mse, latency, quantized] :
       {std::tuple{0.50, 20, false}, {0.55, 8, true}, {0.49, 12, true}})
    add(result, "x", quantized, 0, latency).evaluation = {{"mse", mse}};
  EXPECT_EQ(answer(result)->choice.row, 2U);
  EXPECT_TRUE(answer(result)->within);
}

/// Of two candidates the slower one, because the search did not choose the fastest row.
store::RunResult searched_run() {
  store::RunResult result = empty_run();
  add(result, "original", false, 0.900, 20);
  add(result, "fast", true, 0.899, 8);
  add(result, "chosen", true, 0.896, 10);
  store::Tuning& tuning = result.tuning.emplace();
  tuning.figure = "accuracy";
  tuning.budget = 0.005;
  tuning.search_samples = 436;
  tuning.outcome = store::Tuning::kShown;
  tuning.row = 2;
  tuning.tied = {1};
  return result;
}

TEST(Answer, of_a_search_is_what_the_search_decided) {
  store::RunResult result = searched_run();
  const auto found = answer(result);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->decided);
  EXPECT_TRUE(found->within);
  EXPECT_EQ(found->choice.row, 2U);
  EXPECT_THAT(found->choice.as_fast, ElementsAre(1U));
  EXPECT_EQ(found->accepted_loss, 0.005);
  EXPECT_NEAR(found->speedup.value, 2, 1e-9);
  EXPECT_NEAR(found->change->value(), -0.004, 1e-9);

  result.tuning->outcome = store::Tuning::kOutside;
  EXPECT_FALSE(answer(result)->within);
  result.tuning->outcome = store::Tuning::kNothing;
  EXPECT_EQ(answer(result), std::nullopt);
  result.tuning.reset();
  EXPECT_EQ(answer(result)->choice.row, 1U) << "without a search the fastest row";
}

TEST(Answer, of_a_search_may_be_a_row_without_times) {
  store::RunResult result = searched_run();
  result.rows[2].timings.clear();
  const auto found = answer(result);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->choice.row, 2U);
  EXPECT_TRUE(std::isnan(found->speedup.value));
  EXPECT_TRUE(std::isnan(found->latency_ms));
  const Json json = report::answer_json(result);
  EXPECT_TRUE(json["speedup"].is_null());
  for (const std::string& sentence : report::answer_sentences(result))
    EXPECT_THAT(sentence, testing::Not(HasSubstr("nan")));
}

store::Tuning::Step& step(store::RunResult& result, std::string_view kind, const std::string& name,
                          std::string_view verdict) {
  store::Tuning::Step& out = result.tuning->steps.emplace_back();
  out.kind = kind;
  out.candidate = name;
  out.verdict = verdict;
  return out;
}

TEST(Outside, of_a_search_has_the_last_figures_of_what_it_stopped) {
  using Step = store::Tuning::Step;
  store::RunResult result = searched_run();
  step(result, Step::kEvaluate, "far", Step::kGoesOn).speedup = 3;
  Step& near = step(result, Step::kEvaluate, "near", Step::kStopped);
  near.samples = 436;
  near.loss = 0.006;
  near.loss_low = -0.002;
  near.speedup = 2.5;
  near.reason = "loses 0.006";
  Step& far = step(result, Step::kEvaluate, "far", Step::kStopped);
  far.samples = 100;
  far.loss = 0.2;
  far.loss_low = 0.1;
  far.reason = "loses 0.2";
  Step& slow = step(result, Step::kEvaluate, "slow", Step::kStopped);
  slow.samples = 100;
  slow.loss = 0.006;
  slow.loss_low = -0.05;
  slow.speedup = 1.1;
  step(result, Step::kEvaluate, "twin", Step::kStopped).reason =
      std::string(Step::kSameModel) + "near";
  step(result, Step::kConfirm, "refused", Step::kRefused).loss = 0.01;
  step(result, Step::kConfirm, "chosen", Step::kChosen);

  const std::vector<Outside> all = outside(result);
  std::vector<std::string> names;
  for (const Outside& one : all) names.push_back(one.name);
  EXPECT_THAT(names, ElementsAre("near", "refused", "far", "slow"));
  EXPECT_EQ(all[2].speedup, 3) << "of an earlier step";
  EXPECT_EQ(all[2].reason, "loses 0.2");
  EXPECT_TRUE(all[0].is_partial);
  EXPECT_FALSE(all[1].is_partial) << "its row has its figures";
  EXPECT_TRUE(all[3].is_too_slow);
  EXPECT_FALSE(all[0].is_too_slow);
  const CandidateCount count = count_candidates(*result.tuning);
  EXPECT_EQ(count.all, 6U);
  EXPECT_EQ(count.identical, 1U);
}

TEST(Outside, of_a_search_explains_a_loss_by_the_row_that_says_it) {
  using Step = store::Tuning::Step;
  store::RunResult result = searched_run();
  store::Row& row = add(result, "static", true, 0, 0);
  row.status = store::Row::Status::kSkipped;
  row.message = "loses 0.2";
  row.quantization.emplace().advice = {{.preset = "gentle", .activations = 9, .in_float = 4}};
  Step& bad = step(result, Step::kEvaluate, "another name", Step::kStopped);
  bad.loss = 0.2;
  bad.reason = "loses 0.2";
  ASSERT_EQ(outside(result).size(), 1U);
  EXPECT_EQ(outside(result)[0].reason,
            "preset gentle leaves 4 of its 9 quantized activations in float");
}

TEST(Outside, of_a_grid_is_what_loses_more_than_the_answer_accepts) {
  store::RunResult result = empty_run();
  add(result, "original", false, 0.900, 20);
  add(result, "far", true, 0.700, 5);
  add(result, "good", true, 0.899, 8);
  add(result, "near", true, 0.880, 6);
  result.rows[1].quantization.emplace().quantized = {{"MatMul", 2}};
  result.rows[1].quantization->verification = {{"output_sqnr_db", {{"logits", 1.25}}}};
  const std::vector<Outside> all = outside(result);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "near");
  EXPECT_NEAR(*all[0].loss, 0.02, 1e-12);
  EXPECT_EQ(all[1].reason, "its output has a signal to noise of 1.2 dB");
  EXPECT_NEAR(*all[1].speedup, 4, 1e-9);
}

TEST(Change, of_accuracy_compares_the_same_samples) {
  store::RunResult result = empty_run();
  store::Row& original = add(result, "original", false, 0.9, 20);
  metric::Outcomes right(1000, metric::Part{1, 1});
  for (std::size_t i = 0; i < 100; ++i) right[i].numerator = 0;
  original.outcomes["accuracy"] = metric::text_of(right);
  store::Row& row = add(result, "row", true, 0.898, 10);
  for (const std::size_t i : {500, 501, 502}) right[i].numerator = 0;
  right[0].numerator = 1;
  row.outcomes["accuracy"] = metric::text_of(right);
  const auto change = change_of(result, result.rows[1], "accuracy");
  ASSERT_TRUE(change && change->interval);
  EXPECT_TRUE(change->paired);
  // Four samples differ. Bonett and Price: (2 - 4) / 1002 +- 1.96 sqrt((6 / 1002 - (2 / 1002)^2) /
  // 1002).
  EXPECT_NEAR(change->interval->low, -0.0067857, 1e-6);
  EXPECT_NEAR(change->interval->high, 0.0027937, 1e-6);

  result.rows[1].outcomes.clear();
  const auto unpaired = change_of(result, result.rows[1], "accuracy");
  EXPECT_FALSE(unpaired->paired);
  EXPECT_LT(unpaired->interval->low, -0.02);
}

TEST(Change, of_a_correlation_has_no_interval) {
  store::RunResult result = empty_run();
  result.spec["metrics"] = {"pearsonr"};
  add(result, "original", false, 0, 20).evaluation = {{"pearsonr", 0.9}};
  add(result, "row", true, 0, 10).evaluation = {{"pearsonr", 0.8}};
  const auto change = change_of(result, result.rows[1], "pearsonr");
  ASSERT_TRUE(change);
  EXPECT_NEAR(change->value(), -0.1, 1e-12);
  EXPECT_FALSE(change->interval);
}

}  // namespace
}  // namespace quantbench::analysis
