#include "quantbench/calibrate/kept_inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantbench/base/error.h"

namespace quantbench::calibrate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using Integers = std::vector<std::int64_t>;
using Floats = std::vector<float>;

Sample sentence(Integers ids) {
  const auto tokens = static_cast<std::int64_t>(ids.size());
  return {{"ids", {{1, tokens}, std::move(ids)}}};
}

std::vector<Batch> read(const KeptInputs& kept) {
  std::vector<Batch> out;
  batches_of(kept)([&](const Batch& batch) { out.push_back(batch); });
  return out;
}

TEST(KeptInputs, are_the_batches_that_they_were_made_of) {
  const std::vector<Sample> samples = {sentence({1, 2}), sentence({-3, 1LL << 40, 5}),
                                       sentence({7})};
  // As a stage keeps them.
  const Json json = record_to_json(keep_first(samples, {.batch_size = 2}));
  const auto batches = read(record_from_json<KeptInputs>(json, "kept"));
  ASSERT_THAT(batches, SizeIs(2));
  EXPECT_THAT(batches[0].inputs[0].tensor.shape, ElementsAre(2, 3));
  EXPECT_THAT(std::get<Integers>(batches[0].inputs[0].tensor.values),
              ElementsAre(1, 2, 0, -3, 1LL << 40, 5));
  EXPECT_EQ(batches[1].inputs[0].name, "ids");
  EXPECT_THAT(std::get<Integers>(batches[1].inputs[0].tensor.values), ElementsAre(7));
}

TEST(KeptInputs, of_images_are_as_many_as_take_a_mebibyte) {
  const Sample image = {{"pixels", {{1, 3, 224, 224}, Floats(3 * 224 * 224, 0.1F)}}};
  const auto batches = read(keep_first(std::vector<Sample>(20, image), {.batch_size = 8}));
  ASSERT_THAT(batches, SizeIs(1));
  EXPECT_THAT(batches[0].inputs[0].tensor.shape, ElementsAre(1, 3, 224, 224));
  EXPECT_THAT(std::get<Floats>(batches[0].inputs[0].tensor.values), testing::Each(0.1F));
}

TEST(KeptInputs, are_read_sample_by_sample_without_their_padding) {
  const auto masked = [](Integers ids, Floats bias) {
    const auto tokens = static_cast<std::int64_t>(ids.size());
    Sample sample = sentence(ids);
    sample.push_back({"attention_mask", {{1, tokens}, Integers(ids.size(), 1)}});
    sample.push_back({"bias", {{1, 2}, std::move(bias)}});
    return sample;
  };
  const KeptInputs kept = keep_first(
      std::vector<Sample>{masked({1, 2}, {1, 2}), masked({3, 0, 5}, {3, 4}), masked({7}, {5, 6})},
      {.batch_size = 2, .pad_to = 4});
  std::vector<Batch> samples;
  without_padding(kept)([&](const Batch& batch) { samples.push_back(batch); });
  ASSERT_THAT(samples, SizeIs(3));
  EXPECT_THAT(samples[1].inputs[0].tensor.shape, ElementsAre(1, 3));
  EXPECT_THAT(std::get<Integers>(samples[1].inputs[0].tensor.values), ElementsAre(3, 0, 5));
  EXPECT_THAT(std::get<Integers>(samples[2].inputs[1].tensor.values), ElementsAre(1));
  EXPECT_THAT(std::get<Floats>(samples[1].inputs[2].tensor.values), ElementsAre(3, 4));
}

TEST(KeptInputs, without_a_mask_are_read_as_they_are) {
  const KeptInputs kept = keep_first(
      std::vector<Sample>{sentence({1, 2}), sentence({3}), sentence({4})}, {.batch_size = 2});
  int forwards = 0;
  without_padding(kept)([&](const Batch&) { ++forwards; });
  EXPECT_EQ(forwards, 2);
}

TEST(KeptInputs, of_no_samples_are_none) {
  EXPECT_THAT(keep_first(std::vector<Sample>{}, {}), IsEmpty());
}

TEST(KeptInputs, that_were_damaged_are_refused) {
  KeptInputs kept = keep_first(std::vector<Sample>{sentence({1, 2})}, {});
  kept[0][0].shape = {1, 3};
  EXPECT_THROW(read(kept), Error);
  kept[0][0].shape = {1, 2};
  kept[0][0].values[3] = 'x';
  EXPECT_THROW(read(kept), Error);
  kept[0][0].shape = {1LL << 62, 1LL << 62};
  EXPECT_THROW(read(kept), Error);
}

}  // namespace
}  // namespace quantbench::calibrate
