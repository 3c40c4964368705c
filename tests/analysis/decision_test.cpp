#include "quantbench/analysis/decision.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>

#include "quantbench/analysis/bootstrap.h"
#include "quantbench/analysis/right_wrong.h"

namespace quantbench::analysis {
namespace {

using metric::Better;
using metric::Figure;
using metric::Outcomes;
using metric::Part;

constexpr Part kRight = {1, 1};
constexpr Part kMissed = {0, 1};
constexpr Part kUncounted = {0, 0};
const double kZ = 1.6448536269514722;

const Figure kAccuracy = {.name = "accuracy", .is_share = true};
const Figure kPerCent = {.name = "exact_match", .point = 1, .is_share = true};
const Figure kError = {.name = "error", .better = Better::kLower};

struct Models {
  Outcomes original;
  Outcomes candidate;

  void add(std::int64_t times, const Part& before, const Part& after) {
    original.insert(original.end(), static_cast<std::size_t>(times), before);
    candidate.insert(candidate.end(), static_cast<std::size_t>(times), after);
  }
};

Models right_wrong_pair(const RightWrong& counts) {
  Models out;
  out.add(counts.lost, kRight, kMissed);
  out.add(counts.gained, kMissed, kRight);
  out.add(counts.samples - counts.lost - counts.gained, kRight, kRight);
  return out;
}

/// Sentences with chunks: F1 parts {2 tp, 2 tp + fp + fn}.
Models sentences(std::int64_t unchanged, std::int64_t lost) {
  Models out;
  out.add(unchanged / 2, {2, 2}, {2, 2});
  out.add(unchanged - unchanged / 2, {4, 5}, {4, 5});
  out.add(lost, {2, 2}, {0, 2});
  return out;
}

// Wilson's bound, which Tango's is where no sample was gained.
double wilson(double lost, double samples) {
  const double share = lost / samples;
  const double z2 = kZ * kZ / samples;
  return (share + z2 / 2 + std::sqrt(z2 * share * (1 - share) + z2 * z2 / 4)) / (1 + z2);
}

// tests/oracle/test_decision.py compares with an independent program at many more points.
TEST(ScoreBound, is_that_of_wilson_where_samples_are_only_lost) {
  EXPECT_NEAR(score_bound({.samples = 436}, 0.95), wilson(0, 436), 1e-12);
  EXPECT_NEAR(score_bound({.samples = 436, .lost = 7}, 0.95), wilson(7, 436), 1e-12);
  EXPECT_NEAR(score_bound({.samples = 20, .lost = 20}, 0.95), 1, 1e-12);
}

TEST(ScoreBound, is_where_the_statistic_reaches_the_quantile) {
  const RightWrong found = {.samples = 436, .lost = 9, .gained = 4};
  EXPECT_NEAR(score_statistic(found, score_bound(found, 0.95)), -kZ, 1e-9);
  EXPECT_NEAR(score_statistic(found, found.loss()), 0, 1e-12);
  EXPECT_NEAR(score_statistic({.samples = 436}, 0), 0, 1e-12);
}

TEST(ExactBound, of_unchanged_samples_is_about_3_over_their_number) {
  for (const std::int64_t samples : {20, 100, 436, 5000}) {
    const double expected = 1 - std::pow(0.05 - 0.001, 1 / static_cast<double>(samples));
    EXPECT_NEAR(exact_bound({.samples = samples}, 0.95) / expected, 1, 1e-4) << samples;
  }
}

TEST(ExactBound, rises_with_lost_and_falls_with_gained_samples) {
  double before = -1;
  for (const std::int64_t lost : {0, 1, 2, 5, 10, 40}) {
    const double bound = exact_bound({.samples = 436, .lost = lost, .gained = 3}, 0.95);
    EXPECT_GT(bound, before);
    before = bound;
  }
  EXPECT_LT(exact_bound({.samples = 436, .lost = 10, .gained = 6}, 0.95),
            exact_bound({.samples = 436, .lost = 10, .gained = 3}, 0.95));
  EXPECT_LT(exact_bound({.samples = 436, .lost = 2, .gained = 30}, 0.95), 0);
  EXPECT_EQ(exact_bound({.samples = 3, .lost = 3}, 0.95), 1);
  EXPECT_NEAR(exact_bound({.samples = 1}, 0.95), 0.951, 1e-4);
}

TEST(BootstrapBound, of_unchanged_samples_is_3_over_their_number) {
  const Models same = sentences(1000, 0);
  const auto bound = bootstrap_bound(same.original, same.candidate, 0.95);
  ASSERT_TRUE(bound);
  // Sizes 2 and 5: the added sample has the size of the large ones, 3.5 is the mean.
  const double expected = (1 - std::pow(0.05, 1e-3)) * 5 / 3.5;
  EXPECT_NEAR(*bound / expected, 1, 0.05);
}

TEST(BootstrapBound, of_lost_samples_is_that_of_clopper_and_pearson) {
  // The 95 % point of the beta distribution with 4 and 397 degrees of freedom, from scipy.
  const Models pair = right_wrong_pair({.samples = 400, .lost = 3});
  EXPECT_NEAR(*bootstrap_bound(pair.original, pair.candidate, 0.95) / 0.0192594, 1, 0.04);
}

TEST(BootstrapBound, depends_on_the_seed_alone) {
  const Models pair = sentences(400, 5);
  const auto bound = bootstrap_bound(pair.original, pair.candidate, 0.95, 7);
  EXPECT_EQ(bound, bootstrap_bound(pair.original, pair.candidate, 0.95, 7));
  const auto other = bootstrap_bound(pair.original, pair.candidate, 0.95, 8);
  EXPECT_NE(bound, other);
  EXPECT_NEAR(*bound / *other, 1, 0.08);
}

TEST(BoundOfLoss, tests_right_and_wrong_samples_exactly_in_the_figures_unit) {
  const RightWrong counts = {.samples = 436, .lost = 5, .gained = 2};
  const Models pair = right_wrong_pair(counts);
  const auto bound = bound_of_loss(kAccuracy, pair.original, pair.candidate);
  ASSERT_TRUE(bound);
  EXPECT_NEAR(bound->loss, 3.0 / 436, 1e-12);
  EXPECT_EQ(bound->upper, exact_bound(counts, 0.95));
  EXPECT_NEAR(bound->spread, std::sqrt(7 - 9.0 / 436) / 436, 1e-12);
  EXPECT_EQ(bound->samples, 436U);

  const auto in_per_cent = bound_of_loss(kPerCent, pair.original, pair.candidate);
  EXPECT_NEAR(in_per_cent->upper, 100 * bound->upper, 1e-12);
  EXPECT_NEAR(in_per_cent->spread, 100 * bound->spread, 1e-12);

  // A higher error is a loss.
  EXPECT_EQ(bound_of_loss(kError, pair.candidate, pair.original)->upper, bound->upper);
  EXPECT_NEAR(bound_of_loss(kError, pair.candidate, pair.original)->loss, bound->loss, 1e-15);
}

TEST(BoundOfLoss, leaves_out_samples_that_count_for_neither_model) {
  const RightWrong counts = {.samples = 100, .lost = 5, .gained = 2};
  Models pair = right_wrong_pair(counts);
  pair.add(300, kUncounted, kUncounted);
  const auto bound = bound_of_loss(kAccuracy, pair.original, pair.candidate);
  EXPECT_EQ(bound->upper, exact_bound(counts, 0.95));
  EXPECT_EQ(bound->samples, 400U);
}

TEST(BoundOfLoss, takes_the_bootstrap_where_samples_are_more_than_right_or_wrong) {
  const Models pair = sentences(400, 5);
  const auto bound = bound_of_loss(kAccuracy, pair.original, pair.candidate, 0.95, 3);
  ASSERT_TRUE(bound);
  EXPECT_EQ(bound->upper, *bootstrap_bound(pair.original, pair.candidate, 0.95, 3));
  const double original = (200.0 * 6 + 10) / (200 * 7 + 10);
  const double candidate = (200.0 * 6) / (200 * 7 + 10);
  EXPECT_NEAR(bound->loss, original - candidate, 1e-12);
  EXPECT_GT(bound->upper, bound->loss);

  const auto lower = bound_of_loss(kError, pair.candidate, pair.original, 0.95, 3);
  EXPECT_EQ(lower->upper, bound->upper);
}

TEST(BoundOfLoss, of_an_undefined_figure_is_not_known) {
  EXPECT_FALSE(bound_of_loss(kAccuracy, {}, {}));
  EXPECT_FALSE(bound_of_loss(kAccuracy, {kRight}, {kRight, kRight}));
  EXPECT_FALSE(bound_of_loss(kAccuracy, {kRight}, {kUncounted}));
  EXPECT_FALSE(bound_of_loss(kAccuracy, {kUncounted}, {kUncounted}));
}

TEST(LossInterval, is_the_paired_interval_turned_to_losses) {
  const Models pair = right_wrong_pair({.samples = 100, .lost = 12, .gained = 2});
  const auto interval = loss_interval(kPerCent, pair.original, pair.candidate);
  ASSERT_TRUE(interval);
  EXPECT_GT(interval->low, 0);
  EXPECT_NEAR((interval->low + interval->high) / 2, 100 * 10.0 / 102, 1e-9);
  const auto of_error = loss_interval(kError, pair.candidate, pair.original);
  EXPECT_NEAR(of_error->high * 100, interval->high, 1e-9);
}

TEST(SamplesNeeded, show_the_budget_where_the_loss_stays_the_same) {
  const Models pair = right_wrong_pair({.samples = 4360, .lost = 40, .gained = 20});
  const auto bound = bound_of_loss(kAccuracy, pair.original, pair.candidate);
  EXPECT_GT(bound->upper, 0.0065);
  const auto needed = samples_needed(*bound, 0.0065);
  ASSERT_TRUE(needed);
  const auto bound_at = [&](double samples) {
    const double factor = samples / 4360;
    return exact_bound({.samples = std::llround(samples),
                        .lost = std::llround(40 * factor),
                        .gained = std::llround(20 * factor)},
                       0.95);
  };
  EXPECT_LT(bound_at(1.1 * static_cast<double>(*needed)), 0.0065);
  EXPECT_GT(bound_at(0.85 * static_cast<double>(*needed)), 0.0065);
}

TEST(SamplesNeeded, of_unchanged_samples_follow_their_number) {
  const Models pair = right_wrong_pair({.samples = 436});
  const auto bound = bound_of_loss(kAccuracy, pair.original, pair.candidate);
  EXPECT_EQ(samples_needed(*bound, 0.005), 610);
  EXPECT_LE(exact_bound({.samples = 610}, 0.95), 0.005);
}

TEST(SamplesNeeded, are_not_known_at_the_budget_and_beyond) {
  Bound bound = {.loss = 0.01, .upper = 0.02, .spread = 0.006, .samples = 436};
  EXPECT_FALSE(samples_needed(bound, 0.01));
  EXPECT_FALSE(samples_needed(bound, 0.009));
  EXPECT_TRUE(samples_needed(bound, 0.0101));
  bound.loss = 0;
  EXPECT_FALSE(samples_needed(bound, 0));
}

TEST(Decision, is_shown_where_the_bound_is_within_the_budget) {
  const Bound bound = {.loss = -0.002, .upper = 0.0053, .spread = 0.004, .samples = 436};
  const Decision decision = decide(bound, 0.01);
  EXPECT_EQ(decision.outcome, Outcome::kShown);
  EXPECT_EQ(name_of(decision.outcome), "shown");
  EXPECT_FALSE(decision.samples_needed);
  EXPECT_EQ(sentence(decision), "loses at most 0.006 with 95 % confidence on 436 samples");
  // Rounded up, but never beyond the budget.
  EXPECT_EQ(sentence(decide(bound, 0.0055)),
            "loses at most 0.0055 with 95 % confidence on 436 samples");
}

TEST(Decision, that_shows_a_gain_says_so) {
  const Bound bound = {.loss = -0.03, .upper = -0.0123, .spread = 0.01, .samples = 1436};
  EXPECT_EQ(sentence(decide(bound, 0)),
            "is better by at least 0.012 with 95 % confidence on 1,436 samples");
  const Bound hardly = {.loss = -0.03, .upper = -0.0003, .spread = 0.01, .samples = 1};
  EXPECT_EQ(sentence(decide(hardly, 0)), "loses at most 0 with 95 % confidence on 1 sample");
}

TEST(Decision, that_is_not_shown_says_how_many_samples_would) {
  const Bound bound = {.loss = 0.0046, .upper = 0.0204, .spread = 0.0073, .samples = 436};
  const Decision decision = decide(bound, 0.01);
  EXPECT_EQ(decision.outcome, Outcome::kNotShown);
  EXPECT_EQ(name_of(decision.outcome), "not_shown");
  ASSERT_TRUE(decision.samples_needed);
  EXPECT_EQ(sentence(decision),
            "436 samples cannot show a loss below 0.021; about 2,800 would show 0.01");
  EXPECT_EQ(sentence(decide(bound, 0.0046)),
            "436 samples cannot show a loss below 0.021; the loss on them is 0.0046, all that is "
            "accepted");
}

TEST(Decision, after_refusals_on_the_same_samples_is_never_shown) {
  const Bound bound = {.loss = 0.001, .upper = 0.005, .spread = 0.002, .samples = 436};
  const Decision decision = decide(bound, 0.01, 2);
  EXPECT_EQ(decision.outcome, Outcome::kNotShown);
  EXPECT_EQ(sentence(decision),
            "is within the accepted 0.01 on 436 samples, but this is not shown: 2 faster models "
            "were refused on the same samples before");
}

TEST(Decision, is_outside_where_the_loss_is_beyond_the_budget) {
  const Bound bound = {.loss = 14.68, .upper = 18, .spread = 2, .samples = 436, .unit = 100};
  const Decision decision = decide(bound, 1);
  EXPECT_EQ(decision.outcome, Outcome::kOutside);
  EXPECT_EQ(name_of(decision.outcome), "outside");
  EXPECT_EQ(sentence(decision),
            "loses 14.7 on 436 samples, which is 13.7 more than the accepted 1");
  const Bound hardly = {.loss = 0.01034, .upper = 0.02, .spread = 0.01, .samples = 436};
  EXPECT_EQ(sentence(decide(hardly, 0.01)),
            "loses 0.01034 on 436 samples, which is 0.00034 more than the accepted 0.01");
  // A loss of the whole budget is within it, whatever the rounding.
  const Bound all = {.loss = 0.1 + 0.2, .upper = 0.5, .spread = 0.01, .samples = 10};
  EXPECT_EQ(decide(all, 0.3).outcome, Outcome::kNotShown);
}

TEST(Decision, without_a_bound_shows_nothing) {
  const Decision decision = decide(std::nullopt, 0.01);
  EXPECT_EQ(decision.outcome, Outcome::kNotShown);
  EXPECT_EQ(sentence(decision),
            "nothing is shown: it is not known what each sample adds to this figure");
}

TEST(Halves, are_the_first_samples_and_the_others) {
  const Outcomes all = {kRight, kMissed, kRight, {2, 3}};
  const Halves halves = halves_of(all, 2);
  EXPECT_EQ(halves.search, (Outcomes{kRight, kMissed}));
  EXPECT_EQ(halves.confirmation, (Outcomes{kRight, {2, 3}}));
  EXPECT_EQ(value_on(kAccuracy, halves.search), 0.5);
  EXPECT_EQ(value_on(kPerCent, halves.confirmation), 75);
  EXPECT_TRUE(halves_of(all, 9).confirmation.empty());
  EXPECT_FALSE(value_on(kAccuracy, {}));
  EXPECT_FALSE(value_on(kAccuracy, {kUncounted}));
}

// The calibration in small: pairs of models that lose a little more than the budget. The
// oracle has exact rates, other figures, and more pairs.
TEST(Decision, calls_a_loss_beyond_the_budget_shown_in_at_most_5_per_cent) {
  std::mt19937_64 random(19);
  const auto draw = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  const double budget = 0.01;
  int shown = 0;
  for (int pair = 0; pair < 200; ++pair) {
    Models models;
    for (int sample = 0; sample < 600; ++sample) {
      const double place = draw();
      const bool is_lost = place < 0.0225;
      const bool is_gained = !is_lost && place < 0.0225 + 0.012;  // a loss of 0.0105
      models.add(1, is_gained ? kMissed : kRight, is_lost ? kMissed : kRight);
    }
    const auto bound = bound_of_loss(kAccuracy, models.original, models.candidate);
    shown += decide(bound, budget).outcome == Outcome::kShown ? 1 : 0;
  }
  EXPECT_LE(shown, 10);
  EXPECT_GE(shown, 1);  // it is not deaf
}

}  // namespace
}  // namespace quantbench::analysis
