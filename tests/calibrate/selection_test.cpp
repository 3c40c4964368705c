#include "quantbench/calibrate/selection.h"

#include <gmock/gmock.h>

#include <map>
#include <numeric>
#include <string>

#include "quantbench/base/error.h"

namespace quantbench::calibrate {
namespace {

std::vector<float> counting(std::size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.0F);
  return values;
}

std::vector<float> selected(const Selection& selection) {
  std::vector<float> all;
  std::vector<float> scratch;
  for (std::size_t i = 0; i < selection.chunks(); ++i) {
    const auto chunk = selection.chunk(i, scratch);
    all.insert(all.end(), chunk.begin(), chunk.end());
  }
  return all;
}

/// The definition, element by element.
std::vector<float> select_plainly(const std::vector<float>& values,
                                  const std::vector<std::int64_t>& shape, const TokenAxes& axes,
                                  const TokenMask& mask) {
  std::vector<float> out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::vector<std::size_t> index(shape.size());
    std::size_t rest = i;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      index[axis] = rest % static_cast<std::size_t>(shape[axis]);
      rest /= static_cast<std::size_t>(shape[axis]);
    }
    bool real = true;
    for (const int axis : axes.sequence) {
      real = real && mask.real(index[static_cast<std::size_t>(axes.batch)],
                               index[static_cast<std::size_t>(axis)]);
    }
    if (real) out.push_back(values[i]);
  }
  return out;
}

const std::vector<std::int64_t> kMask{1, 1, 1, 0, 0, 1, 0, 1, 1, 0};

TEST(Selection, without_a_mask_is_every_element_in_order) {
  const std::vector<float> values = counting(200000);
  EXPECT_EQ(selected(Selection(values)), values);
}

TEST(Selection, energies_are_those_of_each_real_token) {
  const TokenMask mask(kMask, 2, 5);
  const std::vector<std::int64_t> hidden{2, 5, 3};
  const std::vector<std::int64_t> scores{2, 2, 5, 5};
  for (const auto& [shape, axes] : {std::pair(hidden, TokenAxes{.batch = 0, .sequence = {1}}),
                                    std::pair(scores, TokenAxes{.batch = 0, .sequence = {2, 3}})}) {
    std::size_t count = 1;
    for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
    const std::vector<float> values = counting(count);
    std::map<std::pair<std::size_t, std::size_t>, double> expected;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t sample = i / (count / 2);
      const std::size_t query = shape.size() == 3 ? i / 3 % 5 : i / 5 % 5;
      const std::size_t key = shape.size() == 3 ? query : i % 5;
      if (!mask.real(sample, query) || !mask.real(sample, key)) continue;
      expected[{sample, query}] += static_cast<double>(values[i]) * values[i];
    }
    const Selection selection(values, shape, axes, mask);
    std::vector<Selection::Energy> energies(selection.tokens());
    for (std::size_t i = 0; i < selection.chunks(); ++i) selection.add_energies(i, energies);
    for (std::size_t token = 0; token < energies.size(); ++token) {
      const auto found = expected.find({token / 5, token % 5});
      EXPECT_FLOAT_EQ(energies[token].sum, found == expected.end() ? 0 : found->second) << token;
    }
  }
  EXPECT_EQ(Selection(counting(4)).tokens(), 0U);
}

TEST(Selection, keeps_the_hidden_values_of_real_tokens) {
  const TokenMask mask(kMask, 2, 5);
  const std::vector<std::int64_t> shape{2, 5, 3};
  const std::vector<float> values = counting(30);
  const TokenAxes axes{0, {1}};
  EXPECT_EQ(selected(Selection(values, shape, axes, mask)),
            select_plainly(values, shape, axes, mask));
}

TEST(Selection, of_attention_scores_drops_padded_queries_and_padded_keys) {
  const TokenMask mask(kMask, 2, 5);
  const std::vector<std::int64_t> shape{2, 4, 5, 5};
  const std::vector<float> values = counting(200);
  const TokenAxes axes{0, {2, 3}};
  const std::vector<float> kept = selected(Selection(values, shape, axes, mask));
  EXPECT_EQ(kept.size(), 4U * (3 * 3 + 3 * 3));
  EXPECT_EQ(kept, select_plainly(values, shape, axes, mask));
}

TEST(Selection, understands_a_batch_axis_that_is_not_the_first) {
  const TokenMask mask(kMask, 2, 5);
  const std::vector<std::int64_t> shape{3, 2, 5};
  const std::vector<float> values = counting(30);
  const TokenAxes axes{1, {2}};
  EXPECT_EQ(selected(Selection(values, shape, axes, mask)),
            select_plainly(values, shape, axes, mask));
}

TEST(Selection, of_a_tensor_without_a_batch_keeps_the_positions_that_are_real_in_any_sample) {
  const TokenMask mask(kMask, 2, 5);
  const std::vector<float> values = counting(10);
  const std::vector<std::int64_t> shape{1, 5, 2};
  EXPECT_EQ(selected(Selection(values, shape, {-1, {1}}, mask)),
            (std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(Selection, keeps_everything_of_a_tensor_without_a_sequence) {
  const TokenMask mask(kMask, 2, 5);
  const std::vector<float> values = counting(8);
  const std::vector<std::int64_t> shape{2, 4};
  EXPECT_EQ(selected(Selection(values, shape, {0, {}}, mask)), values);
}

TEST(Selection, refuses_a_tensor_that_does_not_fit_the_mask) {
  const TokenMask mask(kMask, 2, 5);
  const std::vector<float> values = counting(24);
  const std::vector<std::int64_t> shape{2, 4, 3};
  EXPECT_THROW(Selection(values, shape, {0, {1}}, mask), Error);
  EXPECT_THROW(TokenMask(kMask, 3, 5), Error);
}

}  // namespace
}  // namespace quantbench::calibrate
