// From a checkpoint and a data set to figures, compared with transformers' figures for the same
// (reference.json beside the models).
#include "support/real_assets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "quantbench/base/file.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/model/architecture.h"
#include "quantbench/task/task.h"

namespace quantbench::task {
namespace {

/// A real model, exported and opened like in the benchmark.
class RealModel {
 public:
  RealModel(const std::string& name, const std::string& task) : task_(task) {
    const auto directory = test::real_assets() / name;
    const auto checkpoint = checkpoint::Checkpoint::open(directory);
    model::ExportOptions options;
    options.task = task;
    const auto path = scratch_.path() / "model.onnx";
    model::export_onnx(checkpoint, options).save(path);
    runtime::SessionOptions session_options;
    session_options.intra_op_num_threads = 1;
    session_ = runtime::runtimes().get("onnxruntime").open(path, session_options);
    context_.model_directory = directory;
    context_.config = checkpoint.config();
    context_.labels = checkpoint.labels();
    reference_ = read_json(test::real_assets() / "reference.json").at(name);
  }

  std::unique_ptr<Processor> prepare(const dataset::Split& split, Json data_keys,
                                     const std::string& ref_key) {
    context_.data_keys = std::move(data_keys);
    context_.ref_keys = {ref_key};
    context_.task_args = Json::object();
    return tasks().get(task_).prepare(context_, split);
  }

  const runtime::Session& session() const { return *session_; }
  const TaskContext& context() const { return context_; }
  const Json& reference() const { return reference_; }

  /// Largest difference between our logits of the first samples and transformers' logits. Expects
  /// equal token ids.
  void compare_first_samples(const Processor& processor, const dataset::Split& split) const {
    const Json& samples = reference_.at("first_64");
    ASSERT_EQ(samples.size(), 64U);
    double worst = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const auto features = processor.features(split.row(i));
      const auto inputs = select_inputs(features.at(0).inputs, session_->inputs());
      EXPECT_EQ(Json(std::get<std::vector<std::int64_t>>(inputs[0].tensor.values)),
                samples[i].at("input_ids"))
          << "sample " << i;
      worst = std::max(worst, difference_of_logits(inputs, samples[i]));
    }
    EXPECT_LE(worst, 1e-4);
    ::testing::Test::RecordProperty("largest_difference_of_logits", std::to_string(worst));
  }

  /// The same for images: the first row of pixels of each channel replaces the token ids.
  void compare_first_images(const Processor& processor, const dataset::Split& split) const {
    const Json& samples = reference_.at("first_16");
    ASSERT_EQ(samples.size(), 16U);
    double worst = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const std::string path = split.row(i)["image"]["path"];
      EXPECT_TRUE(path.ends_with(samples[i].at("file").get<std::string>())) << path;
      const auto features = processor.features(split.row(i));
      const auto inputs = select_inputs(features.at(0).inputs, session_->inputs());
      const runtime::Tensor& tensor = inputs.at(0).tensor;
      const auto& pixels = std::get<std::vector<float>>(tensor.values);
      const auto area = static_cast<std::size_t>(tensor.shape.at(2) * tensor.shape.at(3));
      const Json& rows = samples[i].at("row_0");
      for (std::size_t channel = 0; channel < rows.size(); ++channel) {
        for (std::size_t x = 0; x < rows[channel].size(); ++x) {
          EXPECT_NEAR(pixels.at(channel * area + x), rows[channel][x].get<double>(), 1e-6) << path;
        }
      }
      worst = std::max(worst, difference_of_logits(inputs, samples[i]));
    }
    EXPECT_LE(worst, 1e-4);
    ::testing::Test::RecordProperty("largest_difference_of_logits", std::to_string(worst));
  }

 private:
  double difference_of_logits(const std::vector<runtime::NamedTensor>& inputs,
                              const Json& sample) const {
    const auto outputs = session_->run(inputs);
    const auto& found = std::get<std::vector<float>>(outputs.at(0).values);
    std::vector<double> expected;
    flatten(sample.at("logits"), expected);
    EXPECT_EQ(found.size(), expected.size());
    double worst = 0;
    for (std::size_t k = 0; k < std::min(found.size(), expected.size()); ++k) {
      worst = std::max(worst, std::fabs(static_cast<double>(found[k]) - expected[k]));
    }
    return worst;
  }

  static void flatten(const Json& value, std::vector<double>& out) {
    if (!value.is_array()) {
      out.push_back(value.get<double>());
      return;
    }
    for (const Json& item : value) flatten(item, out);
  }

  std::string task_;
  TemporaryDirectory scratch_;
  std::unique_ptr<runtime::Session> session_;
  TaskContext context_;
  Json reference_;
};

dataset::Split validation(const std::string& name) {
  return dataset::load_split({(test::real_assets() / "data" / name).string(), std::nullopt},
                             "validation");
}

TEST(RealModels, sst2_minilm_has_the_accuracy_and_logits_of_transformers) {
  QUANTBENCH_NEEDS_REAL_ASSETS();
  const auto split = validation("sst2");
  RealModel model("sst2-minilm", "text-classification");
  const auto processor = model.prepare(split, {{"primary", "sentence"}}, "label");
  EvaluationOptions options;
  options.metrics = {"accuracy"};
  const auto result = evaluate(model.session(), *processor, split, model.context().labels, options);
  EXPECT_EQ(result.samples, 872U);
  EXPECT_NEAR(result.figures.at("accuracy"), model.reference().at("accuracy").get<double>(), 0.001);
  model.compare_first_samples(*processor, split);
}

TEST(RealModels, conll03_minilm_has_the_seqeval_figures_and_logits_of_transformers) {
  QUANTBENCH_NEEDS_REAL_ASSETS();
  const auto split = validation("conll2003");
  RealModel model("conll03-minilm", "token-classification");
  const auto processor = model.prepare(split, {{"primary", "tokens"}}, "ner_tags");
  EvaluationOptions options;
  options.metrics = {"precision", "recall", "f1", "accuracy"};
  const auto result = evaluate(model.session(), *processor, split, model.context().labels, options);
  EXPECT_EQ(result.samples, 3250U);
  for (const std::string& figure : options.metrics) {
    EXPECT_NEAR(result.figures.at(figure), model.reference().at(figure).get<double>(), 0.001)
        << figure;
  }
  model.compare_first_samples(*processor, split);
}

TEST(RealModels, digits_vit_has_the_accuracy_and_logits_of_transformers) {
  QUANTBENCH_NEEDS_REAL_ASSETS();
  const auto split = validation("digits");
  RealModel model("digits-vit", "image-classification");
  const auto processor = model.prepare(split, {{"primary", "image"}}, "label");
  EvaluationOptions options;
  options.metrics = {"accuracy"};
  const auto result = evaluate(model.session(), *processor, split, model.context().labels, options);
  EXPECT_EQ(result.samples, 500U);
  EXPECT_NEAR(result.figures.at("accuracy"), model.reference().at("accuracy").get<double>(), 0.001);
  model.compare_first_images(*processor, split);
}

}  // namespace
}  // namespace quantbench::task
