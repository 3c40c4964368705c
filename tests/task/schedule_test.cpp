#include "quantbench/task/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

namespace quantbench::task {
namespace {

using ::testing::ElementsAre;

/// A window of samples. `tokens` has the token count of each pass of each sample; 0: no token axis.
void fill(Window& window, const std::vector<std::vector<std::int64_t>>& tokens) {
  for (const auto& passes : tokens) {
    Sample& sample = window.emplace_back();
    sample.row = window.size() - 1;
    for (const std::int64_t count : passes) {
      Features features;
      runtime::Tensor tensor;
      tensor.shape =
          count == 0 ? std::vector<std::int64_t>{1, 3, 2, 2} : std::vector<std::int64_t>{1, count};
      features.inputs.push_back({"input", std::move(tensor)});
      sample.features.push_back(std::move(features));
    }
  }
}

/// Row and pass of each entry, forward by forward.
using Rows = std::vector<std::pair<std::size_t, std::size_t>>;
std::vector<Rows> rows_of(const std::vector<std::vector<Pass>>& forwards) {
  std::vector<Rows> result;
  for (const auto& forward : forwards) {
    Rows& rows = result.emplace_back();
    for (const Pass& pass : forward) rows.emplace_back(pass.sample->row, pass.index);
  }
  return result;
}

TEST(Forwards, of_equal_length_hold_passes_of_one_length) {
  Window window;
  fill(window, {{7}, {9, 7}, {9}, {7}, {8}, {7}, {9}, {9}});
  EXPECT_THAT(rows_of(equal_length_forwards(window, 1)),
              ElementsAre(Rows{{0, 0}, {1, 1}}, Rows{{3, 0}, {5, 0}}, Rows{{4, 0}},
                          Rows{{1, 0}, {2, 0}}, Rows{{6, 0}, {7, 0}}));
}

TEST(Forwards, of_equal_length_are_even_and_leave_work_for_every_stream) {
  Window window;
  fill(window, std::vector<std::vector<std::int64_t>>(340, {20}));
  for (const auto& forward : equal_length_forwards(window, 1)) {
    EXPECT_GE(forward.size(), 15U);
    EXPECT_LE(forward.size(), 16U);
  }
  EXPECT_EQ(equal_length_forwards(window, 85).size(), 340U);
  EXPECT_EQ(equal_length_forwards(window, 20).size(), 85U);
}

TEST(Forwards, of_long_passes_hold_few_of_them) {
  Window window;
  fill(window, std::vector<std::vector<std::int64_t>>(64, {200}));
  for (const auto& forward : equal_length_forwards(window, 1)) EXPECT_EQ(forward.size(), 2U);
  Window longer;
  fill(longer, std::vector<std::vector<std::int64_t>>(64, {500}));
  EXPECT_EQ(equal_length_forwards(longer, 1).size(), 64U);
}

TEST(Forwards, without_tokens_are_of_one_pass) {
  Window window;
  fill(window, std::vector<std::vector<std::int64_t>>(64, {0}));
  EXPECT_EQ(equal_length_forwards(window, 1).size(), 64U);
}

TEST(Forwards, of_consecutive_samples_never_share_between_groups) {
  Window window;
  fill(window, {{5}, {6, 7, 8}, {9}, {}, {4}});
  EXPECT_THAT(rows_of(consecutive_forwards(window, 2)),
              ElementsAre(Rows{{0, 0}, {1, 0}}, Rows{{1, 1}, {1, 2}}, Rows{{2, 0}}, Rows{{4, 0}}));
  EXPECT_EQ(consecutive_forwards(window, 1).size(), 6U);
}

}  // namespace
}  // namespace quantbench::task
