#include "quantbench/calibrate/calibrate.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/calibrate/observe.h"
#include "quantbench/calibrate/parameters.h"
#include "quantbench/graph/edit.h"
#include "quantbench/model/architecture.h"
#include "quantbench/quantize/static.h"
#include "support/calibration_samples.h"
#include "support/runnable_graph.h"
#include "support/tiny_models.h"

namespace quantbench::calibrate {
namespace {

using test::sample;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class CalibrateTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto checkpoint = checkpoint::Checkpoint::open(tiny_.write());
    model_ = model::export_onnx(checkpoint, {.task = "text-classification", .opset = 11});
    tensors_ = test::float_tensors(model_);
    samples_ = {sample({1, 5, 7, 9, 11, 2}), sample({1, 3, 2}), sample({1, 19, 18, 17, 2}),
                sample({4, 4, 4, 4, 4, 4, 4})};
  }

  /// Extents of the tensors, from a run with the tensors as graph outputs.
  quantize::Ranges plain_extents(const std::vector<Batch>& batches) {
    graph::Model opened = model_.clone();
    for (const std::string& name : tensors_) {
      if (name == "logits") continue;
      auto* output = opened.graph().add_output();
      output->set_name(name);
      output->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    }
    const TemporaryDirectory directory;
    opened.save(directory.path() / "model.onnx");
    const auto session =
        runtime::runtimes().get("onnxruntime").open(directory.path() / "model.onnx", {});
    quantize::Ranges extents;
    for (const Batch& batch : batches) {
      const auto outputs = session->run(batch.inputs);
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        const auto& values = std::get<std::vector<float>>(outputs[i].values);
        auto [range, fresh] = extents.emplace(session->output_names()[i], quantize::Range{});
        const auto [low, high] = std::minmax_element(values.begin(), values.end());
        range->second.low = fresh ? *low : std::min(range->second.low, *low);
        range->second.high = fresh ? *high : std::max(range->second.high, *high);
      }
    }
    return extents;
  }

  test::TinyModel tiny_{"bert"};
  graph::Model model_;
  std::vector<std::string> tensors_;
  std::vector<Sample> samples_;
};

TEST_F(CalibrateTest, sees_what_the_graph_computes) {
  const BatchOptions batching{.batch_size = 3, .pad_to = 8};
  const Result result = run(model_, tensors_, in_batches(samples_, batching), {});
  const auto expected = plain_extents({join(std::span(samples_).first(3), batching),
                                       join(std::span(samples_).subspan(3), batching)});
  EXPECT_EQ(result.samples, 4U);
  EXPECT_EQ(result.batches, 2U);
  ASSERT_EQ(result.methods.size(), 1U);
  ASSERT_EQ(result.methods[0].ranges.size(), tensors_.size());
  for (const auto& [name, range] : result.methods[0].ranges) {
    EXPECT_EQ(range.low, expected.at(name).low) << name;
    EXPECT_EQ(range.high, expected.at(name).high) << name;
  }
}

TEST_F(CalibrateTest, without_padding_equals_the_samples_alone) {
  Options options;
  options.skip_padding = true;
  const Result result =
      run(model_, tensors_, in_batches(samples_, {.batch_size = 4, .pad_to = 12}), options);
  std::vector<Batch> alone;
  for (const Sample& one : samples_) alone.push_back(join({&one, 1}, {}));
  const auto expected = plain_extents(alone);
  const auto mask_only = made_only_from(model_, "attention_mask");
  int compared = 0;
  for (const auto& [name, range] : result.methods[0].ranges) {
    if (mask_only.count(name) != 0) {
      continue;
    }
    EXPECT_NEAR(range.low, expected.at(name).low, 1e-5) << name;
    EXPECT_NEAR(range.high, expected.at(name).high, 1e-5) << name;
    ++compared;
  }
  EXPECT_GT(compared, 80);
  // The masking value keeps its full range, including padding.
  EXPECT_THAT(mask_only, testing::Not(testing::IsEmpty()));
  EXPECT_TRUE(std::any_of(mask_only.begin(), mask_only.end(), [&](const std::string& name) {
    const auto found = result.methods[0].ranges.find(name);
    return found != result.methods[0].ranges.end() && found->second.low <= -10000;
  }));
  // After the mask is added to the scores, the range is the range of the scores.
  ASSERT_EQ(result.mask_carriers.size(), 2U);
  for (const std::string& tensor : result.mask_carriers) {
    EXPECT_GT(result.methods[0].ranges.at(tensor).low, -1000) << tensor;
  }
}

TEST_F(CalibrateTest, levels_are_those_of_the_samples_alone_whatever_they_are_padded_to) {
  Options options;
  options.skip_padding = true;
  const auto levels = [&](const BatchOptions& batching) {
    return run(model_, tensors_, in_batches(samples_, batching), options).token_level_db;
  };
  const auto padded = levels({.batch_size = 4, .pad_to = 12});
  const auto alone = levels({.batch_size = 1});
  EXPECT_GT(padded.size(), 60U);
  // Positions are the same for all samples of a batch and count once.
  std::set<std::string> shared;
  for (const auto& node : model_.graph().node()) {
    if (node.op_type() == "Gather" && node.input(0).find("position") != std::string::npos) {
      shared.insert(node.output(0));
    }
  }
  EXPECT_EQ(shared.size(), 1U);
  for (const auto& [name, level] : padded) {
    if (shared.count(name) != 0) continue;
    ASSERT_EQ(alone.count(name), 1U) << name;
    EXPECT_NEAR(level, alone.at(name), 0.01) << name;
  }
  EXPECT_TRUE(run(model_, tensors_, in_batches(samples_, {}), {}).token_level_db.empty());
}

TEST_F(CalibrateTest, without_padding_what_eight_bits_would_spoil_stays_in_float_and_says_why) {
  Options options;
  options.skip_padding = true;
  quantize::StaticOptions quantization;
  quantization.operators_to_quantize = {"Add", "MatMul"};
  Result result = run(model_, quantize::tensors_to_calibrate(model_, quantization),
                      in_batches(samples_, {.batch_size = 4, .pad_to = 12}), options);
  // With one or two outlier tokens, the range of a residual sum is a hundred times larger than the
  // others need.
  const std::string mask = result.mask_carriers.at(0);
  std::string loud;
  for (const auto& node : model_.graph().node()) {
    if (node.op_type() == "Add" && loud.empty() && node.output(0) != mask) loud = node.output(0);
  }
  result.methods[0].ranges.at(loud).low *= 100;
  result.methods[0].ranges.at(loud).high *= 100;
  graph::Model quantized = model_.clone();
  const quantize::Approach& approach = quantize::approaches().get("static");
  const quantize::Report report =
      quantize_model(quantized, approach, quantize::to_json(quantization), &result);
  std::map<std::string, std::string> reasons;
  for (const auto& left : report.left_nodes) reasons[left.node] = left.reason;
  const auto maker = [&](const std::string& tensor) {
    for (const auto& node : model_.graph().node()) {
      if (node.output_size() > 0 && node.output(0) == tensor) return node.name();
    }
    return std::string();
  };
  EXPECT_THAT(reasons[maker(mask)], HasSubstr("the attention mask is added here"));
  EXPECT_THAT(reasons[maker(loud)], HasSubstr("of '" + loud + "' eight bits keep only"));
  EXPECT_LT(report.calibration.at("token_sqnr_db").at(loud).get<double>(), 20);
  EXPECT_GT(report.quantized_count(), 10);
  // With padding in the statistics, or on request, ONNX Runtime's placement is used.
  const double any = -std::numeric_limits<double>::infinity();
  result.mask_carriers.clear();
  quantized = model_.clone();
  EXPECT_TRUE(quantize_model(quantized, approach, quantize::to_json(quantization), &result, 0, any)
                  .left_nodes.empty());
}

TEST_F(CalibrateTest, with_padding_differs_from_the_samples_alone) {
  const Result padded =
      run(model_, tensors_, in_batches(samples_, {.batch_size = 4, .pad_to = 12}), {});
  std::vector<Batch> alone;
  for (const Sample& one : samples_) alone.push_back(join({&one, 1}, {}));
  const auto expected = plain_extents(alone);
  const auto differs = [&](const auto& entry) {
    return std::fabs(entry.second.low - expected.at(entry.first).low) > 1000;
  };
  EXPECT_GT(
      std::count_if(padded.methods[0].ranges.begin(), padded.methods[0].ranges.end(), differs), 2);
}

TEST_F(CalibrateTest, makes_the_ranges_of_several_methods_in_one_pass) {
  Options options;
  MethodOptions percentile;
  percentile.percentile = 90;
  options.methods = {{"minmax", {}}, {"percentile", percentile}, {"entropy", {}}, {"mse", {}}};
  std::size_t forwards = 0;
  options.progress = [&](std::size_t done) { forwards = done; };
  const Result result = run(model_, tensors_, in_batches(samples_, {.batch_size = 1}), options);
  EXPECT_EQ(forwards, 4U);
  ASSERT_EQ(result.methods.size(), 4U);
  EXPECT_EQ(result.methods[0].clipped.at("logits"), 0);
  EXPECT_LT(result.methods[1].ranges.at("logits").high - result.methods[1].ranges.at("logits").low,
            result.methods[0].ranges.at("logits").high - result.methods[0].ranges.at("logits").low);
}

TEST_F(CalibrateTest, all_at_once_runs_the_samples_twice_where_a_histogram_asks_for_it) {
  Options options;
  options.collection = Collection::kAllAtOnce;
  std::size_t forwards = 0;
  options.progress = [&](std::size_t done) { forwards = done; };
  options.methods = {{"percentile", {}}};
  const Result both = run(model_, tensors_, in_batches(samples_, {.batch_size = 1}), options);
  EXPECT_EQ(forwards, 8U);
  EXPECT_EQ(both.samples, 4U);
  options.methods = {{"minmax", {}}};
  run(model_, tensors_, in_batches(samples_, {.batch_size = 1}), options);
  EXPECT_EQ(forwards, 4U);
}

TEST_F(CalibrateTest, ranges_without_histograms_do_not_depend_on_how_others_collect) {
  const Batches batches = in_batches(samples_, {.batch_size = 2});
  const Result alone = run(model_, tensors_, batches, {});
  Options options;
  options.methods = {{"entropy", {}}, {"minmax", {}}};
  options.collection = Collection::kAllAtOnce;
  const Result shared = run(model_, tensors_, batches, options);
  for (const auto& [name, range] : alone.methods.at(0).ranges) {
    EXPECT_EQ(shared.methods.at(1).ranges.at(name).low, range.low) << name;
    EXPECT_EQ(shared.methods.at(1).ranges.at(name).high, range.high) << name;
  }
  EXPECT_EQ(shared.methods.at(1).clipped, alone.methods.at(0).clipped);
}

TEST_F(CalibrateTest, result_survives_json) {
  Options options;
  options.methods = {{"minmax", {}}, {"percentile", {}}};
  const Result result = run(model_, tensors_, in_batches(samples_, {}), options);
  const Result back = Result::from_json(parse_json(result.to_json().dump(), "x"), "x");
  EXPECT_EQ(back.to_json(), result.to_json());
  for (const auto& [name, range] : result.methods[1].ranges) {
    EXPECT_EQ(range.low, back.methods[1].ranges.at(name).low);
    EXPECT_EQ(range.high, back.methods[1].ranges.at(name).high);
  }
}

TEST_F(CalibrateTest, refuses_what_it_cannot_do) {
  const auto batches = in_batches(samples_, {});
  const std::vector<std::string> unknown{"no such tensor"};
  EXPECT_THROW(run(model_, unknown, batches, {}), Error);
  EXPECT_THROW(run(model_, tensors_, in_batches({}, {}), {}), Error);
  Options options;
  options.methods = {{"percentil", {}}};
  try {
    run(model_, tensors_, batches, options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'percentile'?"));
  }
}

TEST_F(CalibrateTest, gives_tensors_of_other_types_no_range) {
  const std::vector<std::string> tensors{"input_ids", "logits"};
  const Result result = run(model_, tensors, in_batches(samples_, {}), {});
  EXPECT_EQ(result.methods[0].ranges.size(), 1U);
  EXPECT_EQ(result.methods[0].ranges.count("logits"), 1U);
}

TEST(Calibrate, gives_empty_and_infinite_tensors_no_range_and_says_so) {
  const graph::Model model =
      test::runnable({"a = Identity(x)", "b = Identity(past)", "c = Log(zero)"},
                     {{"x", {1, 2}}, {"past", {0, 2}}, {"zero", {1, 2}}},
                     {{"a", {1, 2}}, {"b", {0, 2}}, {"c", {1, 2}}});
  const Batches batches = [](const std::function<void(const Batch&)>& consume) {
    consume({{{"x", {{1, 2}, std::vector<float>{1, 2}}},
              {"past", {{0, 2}, std::vector<float>{}}},
              {"zero", {{1, 2}, std::vector<float>{0, 1}}}},
             1});
  };
  const std::vector<std::string> tensors{"a", "b", "c"};
  const Result result = run(model, tensors, batches, {});
  EXPECT_EQ(result.methods[0].ranges.size(), 1U);
  EXPECT_EQ(result.methods[0].ranges.count("a"), 1U);
  EXPECT_THAT(result.warnings, ElementsAre(HasSubstr("'b' is empty in every"),
                                           HasSubstr("'c': eight bits cannot hold its 1")));
}

TEST(Calibrate, takes_bodies_of_scan_that_declare_no_shapes) {
  graph::Model model = test::runnable({"h = Neg(x)", "last, all = Scan(first, h)", "y = Neg(all)"},
                                      {{"first", {2}}, {"x", {3, 2}}}, {{"y", {3, 2}}});
  onnx::NodeProto& scan = *model.graph().mutable_node(1);
  graph::set_attribute(scan, "num_scan_inputs", 1);
  onnx::AttributeProto& body = *scan.add_attribute();
  body.set_name("body");
  body.set_type(onnx::AttributeProto::GRAPH);
  *body.mutable_g() = test::graph_of({"next = Add(state, row)", "out = Identity(next)"});
  body.mutable_g()->set_name("body");
  for (const char* name : {"state", "row"}) body.mutable_g()->add_input()->set_name(name);
  for (const char* name : {"next", "out"}) body.mutable_g()->add_output()->set_name(name);
  const Batches batches = [](const std::function<void(const Batch&)>& consume) {
    consume({{{"first", {{2}, std::vector<float>{0, 0}}}, {"x", {{3, 2}, test::wave(6)}}}, 1});
  };
  const std::vector<std::string> tensors{"h", "y"};
  EXPECT_EQ(run(model, tensors, batches, {}).methods[0].ranges.size(), 2U);
}

TEST(Calibration, collects_as_the_method_needs_it_unless_told_otherwise) {
  const auto collection = [](const Json& values, bool reference = false) {
    return options_of(calibration_from(values), reference).collection;
  };
  EXPECT_EQ(collection({{"method", "entropy"}}), Collection::kAllAtOnce);
  EXPECT_EQ(collection({{"method", "percentile"}}), Collection::kEachBatch);
  EXPECT_EQ(collection({{"method", "percentile"}}, true), Collection::kAllAtOnce);
  EXPECT_EQ(collection({{"method", "entropy"}, {"collection", "each_batch"}}),
            Collection::kEachBatch);
}

TEST(Batches, pad_ids_with_the_pad_token_and_masks_with_zero) {
  const std::vector<Sample> samples{sample({5, 6, 7}), sample({8})};
  const Batch batch = join(samples, {.batch_size = 2, .pad_to = 0, .pad_token_id = 3});
  EXPECT_THAT(std::get<1>(batch.inputs[0].tensor.values), ElementsAre(5, 6, 7, 8, 3, 3));
  EXPECT_THAT(std::get<1>(batch.inputs[1].tensor.values), ElementsAre(1, 1, 1, 1, 0, 0));
  EXPECT_THAT(batch.inputs[0].tensor.shape, ElementsAre(2, 3));
  EXPECT_THROW(join(samples, {.batch_size = 2, .pad_to = 2}), Error);
}

TEST(Batches, stack_pixels) {
  const std::vector<Sample> samples{{{"pixel_values", {{1, 1, 2}, std::vector<float>{1, 2}}}},
                                    {{"pixel_values", {{1, 1, 2}, std::vector<float>{3, 4}}}}};
  const Batch batch = join(samples, {});
  EXPECT_THAT(batch.inputs[0].tensor.shape, ElementsAre(2, 1, 2));
  EXPECT_THAT(std::get<0>(batch.inputs[0].tensor.values), ElementsAre(1, 2, 3, 4));
}

TEST(Batches, of_the_reference_count_the_last_of_four_shards) {
  EXPECT_THAT(samples_of_last_shard(10), ElementsAre(3, 7));
  EXPECT_THAT(samples_of_last_shard(3), ElementsAre());
}

}  // namespace
}  // namespace quantbench::calibrate
