#include "quantbench/search/fewest.h"

#include <gmock/gmock.h>

namespace quantbench::search {
namespace {

using testing::ElementsAre;

/// What was asked, call by call.
using Asked = std::vector<std::vector<std::size_t>>;

std::optional<std::size_t> find(Fewest search, std::size_t least, Asked& asked) {
  return fewest(search, [&](const std::vector<std::size_t>& counts) {
    asked.push_back(counts);
    std::vector<bool> out;
    for (const std::size_t count : counts) out.push_back(count >= least);
    return out;
  });
}

TEST(Fewest, steps_up_and_then_divides) {
  Asked asked;
  EXPECT_EQ(find({.most = 40, .step = 6}, 11, asked), 11U);
  EXPECT_THAT(asked, ElementsAre(ElementsAre(6U), ElementsAre(18U), ElementsAre(12U),
                                 ElementsAre(9U), ElementsAre(10U), ElementsAre(11U)));
}

TEST(Fewest, asks_several_at_a_time) {
  Asked asked;
  EXPECT_EQ(find({.most = 40, .step = 6, .at_a_time = 2}, 11, asked), 11U);
  EXPECT_THAT(asked,
              ElementsAre(ElementsAre(6U, 18U), ElementsAre(10U, 14U), ElementsAre(11U, 12U)));
}

TEST(Fewest, finds_every_number) {
  for (std::size_t at_a_time = 1; at_a_time <= 3; ++at_a_time) {
    for (std::size_t most = 0; most < 20; ++most) {
      for (std::size_t least = 1; least < 25; ++least) {
        Asked asked;
        const auto found = find({.most = most, .step = 3, .at_a_time = at_a_time}, least, asked);
        EXPECT_EQ(found, least <= most ? std::optional(least) : std::nullopt);
      }
      for (std::size_t least = 1; least <= most; ++least) {
        Asked asked;
        EXPECT_EQ(find({.enough = most, .from_above = true, .at_a_time = at_a_time}, least, asked),
                  least);
      }
    }
  }
}

TEST(Fewest, steps_down_from_above_and_then_divides) {
  Asked asked;
  EXPECT_EQ(find({.enough = 40, .from_above = true}, 35, asked), 35U);
  EXPECT_THAT(asked, ElementsAre(ElementsAre(39U), ElementsAre(37U), ElementsAre(33U),
                                 ElementsAre(35U), ElementsAre(34U)));
  asked.clear();
  EXPECT_EQ(find({.failed = 6, .enough = 18, .from_above = true, .at_a_time = 2}, 18, asked), 18U);
  EXPECT_THAT(asked, ElementsAre(ElementsAre(15U, 17U)));
  asked.clear();
  EXPECT_EQ(find({.enough = 3, .from_above = true}, 1, asked), 1U);
  EXPECT_THAT(asked, ElementsAre(ElementsAre(2U), ElementsAre(1U)));
}

TEST(Fewest, goes_on_from_what_is_known) {
  Asked asked;
  EXPECT_EQ(find({.failed = 3, .enough = 7}, 7, asked), 7U);
  EXPECT_THAT(asked, ElementsAre(ElementsAre(5U), ElementsAre(6U)));
  asked.clear();
  EXPECT_EQ(find({.failed = 6, .enough = 7}, 7, asked), 7U);
  EXPECT_TRUE(asked.empty());
}

}  // namespace
}  // namespace quantbench::search
