#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "quantbench/base/error.h"
#include "quantbench/report/card/card.h"
#include "quantbench/report/replication_text.h"
#include "quantbench/report/report.h"
#include "report/card_numbers.h"

namespace quantbench::report {
namespace {

using analysis::Agreement;
using analysis::Replication;

using testing::Contains;
using testing::HasSubstr;

/// Single forwards around the mean, within 1 % of it.
void measure_again(std::vector<measure::Timing>& timings, double factor = 1) {
  for (measure::Timing& timing : timings) {
    timing.latency_mean *= factor;
    timing.nb_forwards = 400;
    timing.latencies.clear();
    for (int i = 0; i < 400; ++i)
      timing.latencies.push_back(timing.latency_mean * (1 + 0.01 * ((i * 7) % 11 - 5) / 5));
  }
}

/// A run of the card's grid with the card's figures. Optimized times are multiplied by `factor`.
store::RunResult run_like(const store::RunResult& card, double factor) {
  store::RunResult run = card;
  run.evaluation_samples = 872;
  for (store::Row& row : run.rows) {
    measure_again(row.timings, row.quantized ? factor : 1);
    measure_again(row.original_timings);
  }
  return run;
}

Document card(const std::string& number) {
  return import_card(reference_card(number), "card.md").result;
}

TEST(Replication, of_the_same_figures_agrees_and_of_another_speedup_does_not) {
  for (const char* number : {"000", "001", "003", "004"}) {
    const Document theirs = card(number);
    const Replication same =
        analysis::replication(theirs, run_like(theirs, 1), card_digits(theirs));
    ASSERT_FALSE(same.speedups.empty()) << number;
    for (const analysis::SpeedupPair& pair : same.speedups) {
      EXPECT_EQ(pair.agreement, Agreement::kAgrees) << number << " " << pair.row;
      EXPECT_DOUBLE_EQ(pair.ratio.value, 1);
    }
    for (const analysis::SpeedupPair& pair :
         analysis::replication(theirs, run_like(theirs, 1.6), card_digits(theirs)).speedups)
      EXPECT_EQ(pair.agreement, Agreement::kDiffers) << number << " " << pair.row;
  }
}

TEST(Replication, takes_the_noise_of_a_card_from_its_repeated_originals) {
  const Document theirs = card("003");
  // The four originals are 247.65, 234.61, 238.04 and 241.84 ms: 2.3 %, so that a speedup 5 % off
  // is within 1.96 * sqrt(2) * 2.3 %, and one 8 % off is not.
  EXPECT_THAT(analysis::replication(theirs, run_like(theirs, 1), card_digits(theirs)).notes,
              Contains(HasSubstr("by 2.3 %")));
  EXPECT_EQ(analysis::replication(theirs, run_like(theirs, 1.05), card_digits(theirs))
                .speedups[0]
                .agreement,
            Agreement::kAgrees);
  EXPECT_EQ(analysis::replication(theirs, run_like(theirs, 1.08), card_digits(theirs))
                .speedups[0]
                .agreement,
            Agreement::kDiffers);
}

TEST(Replication, takes_our_speedup_of_the_same_turns_where_there_is_one) {
  const Document theirs = card("000");
  store::RunResult ours = run_like(theirs, 1);
  for (store::Row& row : ours.rows) {
    for (measure::Timing& timing : row.timings)
      timing.speedup = measure::PairedRatio{
          .value = 3, .low = 2.9, .high = 3.1, .original_mean = 30, .rounds = 40, .starts = 3};
  }
  const Replication found = analysis::replication(theirs, ours, card_digits(theirs));
  ASSERT_FALSE(found.speedups.empty());
  for (const analysis::SpeedupPair& pair : found.speedups) {
    EXPECT_EQ(pair.ours, 3);
    EXPECT_EQ(pair.our_original, 30);
  }
}

TEST(Replication, does_not_judge_without_single_forwards) {
  const Document theirs = card("000");
  const Replication found = analysis::replication(theirs, theirs, card_digits(theirs));
  for (const analysis::SpeedupPair& pair : found.speedups)
    EXPECT_EQ(pair.agreement, Agreement::kUnknown);
  EXPECT_THAT(replication_summary(found), HasSubstr("the noise of the speedups is unknown"));
}

TEST(Replication, allows_a_change_of_accuracy_what_the_samples_allow) {
  const Document theirs = card("000");
  store::RunResult ours = run_like(theirs, 1);
  const auto verdict_with = [&](double lost, std::size_t samples) {
    ours.rows[1].evaluation["accuracy"] = theirs.rows[1].evaluation.at("accuracy") - lost;
    ours.evaluation_samples = samples;
    return analysis::replication(theirs, ours, card_digits(theirs)).changes[0].agreement;
  };
  EXPECT_EQ(verdict_with(0, 872), Agreement::kAgrees);
  // 1.96 * sqrt(4 * 0.09 / 872) is 4 points.
  EXPECT_EQ(verdict_with(0.03, 872), Agreement::kAgrees);
  EXPECT_EQ(verdict_with(0.05, 872), Agreement::kDiffers);
  EXPECT_EQ(verdict_with(0.05, 100), Agreement::kAgrees);
}

TEST(Replication, says_what_was_not_the_same) {
  const Document theirs = card("000");
  store::RunResult ours = run_like(theirs, 1);
  ours.spec["name_or_path"] = "./mine";
  ours.spec["backend"] = "local";
  ours.machine = {{"cpu", "This CPU"}};
  ours.rows.pop_back();
  const Replication found = analysis::replication(theirs, ours, card_digits(theirs));
  EXPECT_THAT(found.differences,
              Contains("name_or_path: theirs distilbert-base-uncased-finetuned-sst-2-english, ours "
                       "./mine"));
  EXPECT_THAT(found.differences, Contains("backend: theirs sagemaker-training, ours local"));
  EXPECT_THAT(found.differences, Contains(HasSubstr("ml.m5.2xlarge")));
  EXPECT_THAT(found.notes, Contains(HasSubstr("only in the card")));
  const std::string text = replication_markdown(found);
  EXPECT_THAT(
      text,
      HasSubstr("4 of 4 speedups agree within noise; 4 of 4 metric changes agree within noise."));
  EXPECT_EQ(replication_json(found)["speedups"].size(), 4U);
}

TEST(Replication, needs_a_row_in_common) {
  store::RunResult ours = card("000");
  ours.rows.clear();
  EXPECT_THROW(analysis::replication(card("000"), ours, card_digits(card("000"))), Error);
}

}  // namespace
}  // namespace quantbench::report
