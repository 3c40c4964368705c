#include "quantbench/calibrate/streams.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "quantbench/base/error.h"
#include "quantbench/graph/edit.h"
#include "quantbench/model/architecture.h"
#include "support/calibration_samples.h"
#include "support/message_of.h"
#include "support/tiny_models.h"

namespace quantbench::calibrate {
namespace {

using test::sample;
using testing::ElementsAre;
using testing::HasSubstr;

class StreamsTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto checkpoint = checkpoint::Checkpoint::open(tiny_.write());
    model_ = model::export_onnx(checkpoint, {.task = "text-classification", .opset = 11});
    tensors_ = test::float_tensors(model_);
    for (std::int64_t i = 0; i < 40; ++i) {
      std::vector<std::int64_t> ids{1};
      for (std::int64_t token = 0; token < 3 + i % 9; ++token) ids.push_back((i * 7 + token) % 20);
      samples_.push_back(sample(ids));
    }
    several_.threads = 3;
    several_.samples = samples_.size();
  }

  Json ranges(const Options& options) {
    return run(model_, tensors_, in_batches(samples_, batching_), options).to_json();
  }

  void expect_the_same_as_one_at_a_time(const Options& options) {
    Options one = options;
    one.samples = 0;
    Needs needs;
    for (const Method& method : options.methods) {
      needs.merge(calibrators().get(method.name).needs(method.options));
    }
    EXPECT_EQ(streams_of(model_, needs, options), 3U);
    EXPECT_EQ(streams_of(model_, needs, one), 1U);
    EXPECT_EQ(ranges(options), ranges(one));
  }

  test::TinyModel tiny_{"bert"};
  graph::Model model_;
  std::vector<std::string> tensors_;
  std::vector<Sample> samples_;
  /// Parts of 16 and of 4 samples.
  BatchOptions batching_{.batch_size = 20, .pad_to = 16};
  Options several_;
};

TEST_F(StreamsTest, give_what_one_forward_at_a_time_gives) {
  expect_the_same_as_one_at_a_time(several_);
  batching_.pad_to = 0;
  expect_the_same_as_one_at_a_time(several_);
}

TEST_F(StreamsTest, give_the_same_histograms_where_all_batches_count_as_one) {
  several_.collection = Collection::kAllAtOnce;
  several_.methods = {{"minmax", {}}, {"percentile", {}}, {"entropy", {}}, {"mse", {}}};
  expect_the_same_as_one_at_a_time(several_);
}

TEST_F(StreamsTest, count_the_batches_they_were_given) {
  std::size_t told = 0;
  several_.progress = [&](std::size_t done) { told = done; };
  const Result result = run(model_, tensors_, in_batches(samples_, batching_), several_);
  EXPECT_EQ(result.samples, 40U);
  EXPECT_EQ(result.batches, 2U);
  EXPECT_EQ(told, 2U);
}

TEST_F(StreamsTest, are_one_where_the_batches_matter) {
  const auto streams = [&](const std::string& method, const Options& options) {
    return streams_of(model_, calibrators().get(method).needs({}), options);
  };
  EXPECT_EQ(streams("minmax", several_), 3U);
  EXPECT_EQ(streams("percentile", several_), 1U);
  EXPECT_EQ(streams("moving_average", several_), 1U);
  Options options = several_;
  options.collection = Collection::kAllAtOnce;
  EXPECT_EQ(streams("percentile", options), 3U);
  EXPECT_EQ(streams("moving_average", options), 1U);
  options = several_;
  options.skip_padding = true;
  EXPECT_EQ(streams("minmax", options), 1U);
  options = several_;
  options.samples = 5;
  EXPECT_EQ(streams("minmax", options), 1U);

  graph::Model fixed = model_.clone();
  auto* shape = fixed.graph().mutable_input(0)->mutable_type()->mutable_tensor_type();
  shape->mutable_shape()->mutable_dim(0)->set_dim_value(8);
  EXPECT_EQ(streams_of(fixed, {}, several_), 1U);
  graph::Model dynamic = model_.clone();
  *dynamic.graph().add_node() = graph::make_node("DynamicQuantizeLinear", {"x"}, {"y"}, "q");
  EXPECT_EQ(streams_of(dynamic, {}, several_), 1U);
}

TEST_F(StreamsTest, calibrate_anew_where_the_graph_takes_whole_batches_only) {
  // As exporters leave it: the batch size is in a Reshape and not declared.
  const std::string logits = model_.graph().output(0).name();
  for (auto& node : *model_.graph().mutable_node()) {
    for (auto& output : *node.mutable_output()) {
      if (output == logits) output = "unshaped";
    }
  }
  model_.set_initializer(graph::Initializer::make<std::int64_t>("shape", {2}, {20, 2}));
  *model_.graph().add_node() = graph::make_node("Reshape", {"unshaped", "shape"}, {logits}, "r");
  EXPECT_EQ(streams_of(model_, {}, several_), 3U);
  EXPECT_EQ(ranges(several_), ranges({}));
}

TEST_F(StreamsTest, a_failure_of_the_samples_or_the_model_is_said_as_it_is) {
  EXPECT_THAT(test::message_of([&] {
                run(
                    model_, tensors_,
                    [&](const auto& consume) {
                      in_batches(samples_, batching_)(consume);
                      throw Error("no such file", "train.tsv");
                    },
                    several_);
              }),
              HasSubstr("no such file"));
  std::get<1>(samples_[20][0].tensor.values)[1] = 77;  // the vocabulary has 20
  EXPECT_THAT(test::message_of([&] { ranges(several_); }), HasSubstr("Gather"));
}

TEST_F(StreamsTest, stop_reading_when_a_forward_fails) {
  // The other stream goes on until it sees the failure: the system decides how long that takes.
  constexpr int kMany = 100'000;
  std::atomic<int> forwards{0};
  int batches = 0;
  EXPECT_THROW(in_streams(
                   [&](const auto& consume) {
                     for (; batches < kMany; ++batches) consume(join(samples_, batching_));
                   },
                   2,
                   [&](const Batch&) {
                     if (++forwards == 5) throw std::runtime_error("five");
                   },
                   [](const Batch&) {}),
               std::runtime_error);
  EXPECT_LT(batches, kMany);
}

TEST(PartsOf, keep_the_length_and_the_order_of_the_samples) {
  std::vector<Sample> samples;
  for (std::int64_t i = 0; i < 5; ++i) samples.push_back(sample({i, i}));
  const Batch batch = join(samples, {.batch_size = 5, .pad_to = 100, .pad_token_id = 9});
  const std::vector<Batch> parts = parts_of(batch);
  ASSERT_EQ(parts.size(), 3U);  // of 256 tokens at most
  EXPECT_EQ(parts[0].samples, 2U);
  EXPECT_EQ(parts[2].samples, 1U);
  EXPECT_THAT(parts[2].inputs[0].tensor.shape, ElementsAre(1, 100));
  std::vector<std::int64_t> joined;
  for (const Batch& part : parts) {
    const auto& values = std::get<1>(part.inputs[0].tensor.values);
    joined.insert(joined.end(), values.begin(), values.end());
  }
  EXPECT_EQ(joined, std::get<1>(batch.inputs[0].tensor.values));
}

TEST(PartsOf, are_images_one_by_one_and_other_batches_whole) {
  std::vector<Sample> samples;
  for (int i = 0; i < 3; ++i) {
    samples.push_back({{"pixel_values", {{1, 1, 2}, std::vector<float>{1.0F * i, 2.0F * i}}}});
  }
  Batch batch = join(samples, {});
  const std::vector<Batch> parts = parts_of(batch);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_THAT(std::get<0>(parts[2].inputs[0].tensor.values), ElementsAre(2, 4));
  batch.separable = false;
  EXPECT_EQ(parts_of(batch).size(), 1U);
}

}  // namespace
}  // namespace quantbench::calibrate
