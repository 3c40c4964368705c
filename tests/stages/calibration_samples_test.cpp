#include "quantbench/stages/common/calibration_samples.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <variant>

#include "quantbench/base/file.h"

namespace quantbench::stages {
namespace {

namespace fs = std::filesystem;

/// A hundred images, sorted by class as image folders are: fifty grey cats, then fifty dogs.
class CalibrationOfImages : public ::testing::Test {
 protected:
  CalibrationOfImages() {
    write_text(
        root_.path() / "preprocessor_config.json",
        R"({"image_processor_type": "ViTImageProcessor", "size": {"height": 4, "width": 4}})");
    const fs::path images = fs::path(QUANTBENCH_TEST_DATA) / "image";
    for (int i = 0; i < 50; ++i) {
      for (const auto& [label, image] : {std::pair{"cat", "grey.png"}, {"dog", "rgb.png"}}) {
        const fs::path target = root_.path() / "train" / label / (std::to_string(i) + ".png");
        fs::create_directories(target.parent_path());
        fs::copy_file(images / image, target);
      }
    }
    context_.model_directory = root_.path();
    context_.config = {{"model_type", "vit"}, {"image_size", 4}};
    context_.labels = {"cat", "dog"};
    context_.data_keys = {{"primary", "image"}};
    context_.ref_keys = {"labels"};
    source_.source.path = root_.path().string();
    source_.split = "train";
    source_.samples = 20;
  }

  /// Number of calibration samples with the cat.
  std::pair<std::size_t, std::size_t> cats_of_samples() const {
    const auto loaded = load_calibration_samples("image-classification", context_, source_);
    // The picture of the cat is grey: its three channels are equal.
    const auto is_cat = [](const calibrate::Sample& sample) {
      const auto& pixels = std::get<std::vector<float>>(sample.at(0).tensor.values);
      return std::equal(pixels.begin(), pixels.begin() + 16, pixels.begin() + 16);
    };
    return {std::count_if(loaded.samples.begin(), loaded.samples.end(), is_cat),
            loaded.samples.size()};
  }

  TemporaryDirectory root_;
  task::TaskContext context_;
  CalibrationSource source_;
};

TEST_F(CalibrationOfImages, takes_samples_of_every_class) {
  const auto [cats, samples] = cats_of_samples();
  EXPECT_EQ(samples, 20U);
  EXPECT_GT(cats, 0U);
  EXPECT_LT(cats, samples);
}

TEST_F(CalibrationOfImages, takes_the_first_ones_where_the_reference_did) {
  source_.reference = true;
  EXPECT_EQ(cats_of_samples(), std::pair(std::size_t{5}, std::size_t{5}));
}

TEST(CalibrationOfQuestions, pads_to_384_tokens_unless_the_model_takes_fewer) {
  const TemporaryDirectory root;
  write_text(root.path() / "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nwho\nparis\nin\n");
  write_text(
      root.path() / "train.jsonl",
      R"({"id": "1", "question": "who", "context": "in paris", "answers": {"text": ["paris"], "answer_start": [3]}})"
      "\n");
  task::TaskContext context;
  context.model_directory = root.path();
  context.data_keys = {{"question", "question"}, {"context", "context"}};
  context.ref_keys = {"answers"};
  context.task_args = Json::object();
  context.config = Json::object();
  CalibrationSource source;
  source.source.path = root.path().string();
  source.split = "train";
  source.samples = 1;
  const auto padded_to = [&](int model_max_length, bool pad_to_max_length) {
    write_text(
        root.path() / "tokenizer_config.json",
        Json{{"tokenizer_class", "BertTokenizer"}, {"model_max_length", model_max_length}}.dump());
    source.pad_to_max_length = pad_to_max_length;
    const auto loaded = load_calibration_samples("question-answering", context, source);
    const auto batch = calibrate::join(loaded.samples, loaded.batching);
    return batch.inputs.at(0).tensor.shape.at(1);
  };
  EXPECT_EQ(padded_to(512, true), 384);
  EXPECT_EQ(padded_to(100, true), 100);
  EXPECT_EQ(padded_to(512, false), 6);  // [CLS] who [SEP] in paris [SEP]
}

}  // namespace
}  // namespace quantbench::stages
