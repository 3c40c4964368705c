#include "quantbench/search/mending.h"

#include <gmock/gmock.h>

namespace quantbench::search {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Twice as fast as the original, with that many quantized operators "n0", "n1", ...
Candidate broken_candidate(std::size_t operators) {
  Candidate out;
  out.gain = measure::Ratio{.value = 2, .interval = {}};
  for (std::size_t i = 0; i < operators; ++i) {
    out.quantized_nodes.push_back("n" + std::to_string(i));
  }
  return out;
}

/// Ranked from the last one on.
Mending ranked_mending(std::size_t operators, std::size_t guess) {
  const Candidate candidate = broken_candidate(operators);
  Mending out(0, candidate);
  out.rank({candidate.quantized_nodes.rbegin(), candidate.quantized_nodes.rend()}, guess,
           candidate.quantized_nodes);
  return out;
}

TEST(Mending, leaves_the_most_damaging_operators_in_float) {
  EXPECT_THAT(ranked_mending(4, 0).first(2), ElementsAre("n3", "n2"));
}

TEST(Mending, ranks_only_what_is_quantized_and_all_of_it) {
  const Candidate candidate = broken_candidate(3);
  Mending mending(0, candidate);
  EXPECT_FALSE(mending.is_ranked());
  // "float" is not quantized, and n0 is not in the ranking.
  mending.rank({"float", "n2", "n1"}, 2, candidate.quantized_nodes);
  EXPECT_TRUE(mending.is_ranked());
  EXPECT_EQ(mending.operators(), 3U);
  EXPECT_THAT(mending.first(3), ElementsAre("n2", "n1", "n0"));
  // Of the two that are damaging one is not quantized.
  EXPECT_THAT(mending.next(2), ElementsAre(1U));
}

TEST(Mending, tries_its_guess_alone_and_then_more) {
  Mending mending = ranked_mending(50, 18);
  EXPECT_THAT(mending.next(2), ElementsAre(18U));
  mending.fail(18);
  EXPECT_EQ(mending.failed(), 18U);
  EXPECT_THAT(mending.next(2), ElementsAre(22U, 30U));
  mending.fail(22);
  mending.fail(30);
  EXPECT_THAT(mending.next(2), ElementsAre(46U, 49U));
  mending.fail(46);
  mending.fail(49);
  EXPECT_THAT(mending.next(2), IsEmpty());
}

TEST(Mending, without_a_guess_begins_with_the_root) {
  EXPECT_THAT(ranked_mending(50, 0).next(2), ElementsAre(7U, 21U));
  // With all of them in float nothing is quantized.
  EXPECT_THAT(ranked_mending(50, 50).next(1), ElementsAre(7U));
  EXPECT_THAT(ranked_mending(1, 0).next(1), IsEmpty());
}

TEST(Mending, doubles_what_the_proof_refused) {
  Mending mending = ranked_mending(50, 7);
  mending.finish();
  mending.taken = 3;
  mending.refuse(7);
  EXPECT_FALSE(mending.is_finished());
  EXPECT_FALSE(mending.taken);
  EXPECT_THAT(mending.next(2), ElementsAre(14U, 28U));
  // Of a candidate without operators in float there is nothing to double.
  Mending whole = ranked_mending(50, 0);
  whole.refuse(0);
  EXPECT_TRUE(whole.was_refused());
  EXPECT_THAT(whole.next(1), ElementsAre(7U));
}

TEST(Mending, hopes_for_less_the_more_operators_are_in_float) {
  const Mending mending = ranked_mending(30, 15);
  EXPECT_DOUBLE_EQ(mending.hoped_gain(0), 2);
  // A third of what is gained is lost: half of the operators, with some room.
  EXPECT_DOUBLE_EQ(mending.hoped_gain(15), 1.5);
  EXPECT_DOUBLE_EQ(mending.hoped_gain(), 1.5);
  EXPECT_EQ(mending.most_with_gain_above(1.5, 0), 14U);
  EXPECT_EQ(mending.most_with_gain_above(1.9, 20), 20U);
  EXPECT_DOUBLE_EQ(ranked_mending(1, 0).hoped_gain(), 0);
}

}  // namespace
}  // namespace quantbench::search
