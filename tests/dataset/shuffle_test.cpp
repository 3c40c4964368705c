#include "quantbench/dataset/shuffle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace quantbench::dataset {
namespace {

using ::testing::ElementsAre;

// numpy 2.4: numpy.random.default_rng(seed).permutation(count); oracle/test_shuffle.py has more.
TEST(ShuffledOrder, is_numpys) {
  EXPECT_THAT(shuffled_order(5, 42), ElementsAre(4, 2, 3, 1, 0));
  EXPECT_THAT(shuffled_order(2, 42), ElementsAre(1, 0));
  const auto beans = shuffled_order(133, 42);
  EXPECT_THAT(std::vector(beans.begin(), beans.begin() + 3), ElementsAre(112, 123, 105));
  const auto many = shuffled_order(100000, 42);
  EXPECT_THAT(std::vector(many.begin(), many.begin() + 3), ElementsAre(45262, 49850, 30394));
}

TEST(ShuffledOrder, has_every_row_once) {
  for (const std::size_t count : {0U, 1U, 2U, 3U, 64U, 1000U}) {
    auto order = shuffled_order(count, 7);
    std::sort(order.begin(), order.end());
    std::vector<std::size_t> expected(count);
    std::iota(expected.begin(), expected.end(), std::size_t{0});
    EXPECT_EQ(order, expected);
  }
}

}  // namespace
}  // namespace quantbench::dataset
