#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/task/first_look.h"
#include "quantbench/task/task.h"
#include "support/message_of.h"

namespace quantbench::task {
namespace {

namespace fs = std::filesystem;
using quantbench::test::message_of;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const fs::path kImages = fs::path(QUANTBENCH_TEST_DATA) / "image";

class ImageClassificationTest : public ::testing::Test {
 protected:
  ImageClassificationTest() {
    write_text(
        root_.path() / "preprocessor_config.json",
        R"({"image_processor_type": "ViTImageProcessor", "size": {"height": 4, "width": 4}})");
    context_.model_directory = root_.path();
    context_.config = {{"model_type", "vit"}, {"image_size", 4}};
    context_.labels = {"dog", "cat"};
    context_.data_keys = {{"primary", "image"}};
    context_.ref_keys = {"labels"};
    add("cat/1.png", "rgb.png");
    add("dog/1.jpg", "colour.jpg");
  }

  void add(const std::string& path, const std::string& image) {
    const fs::path target = root_.path() / "validation" / path;
    fs::create_directories(target.parent_path());
    fs::copy_file(kImages / image, target);
  }

  dataset::Split split() const {
    return dataset::load_split({root_.path().string(), std::nullopt}, "validation");
  }

  std::string refused() const {
    try {
      const auto data = split();
      const auto processor = task().prepare(context_, data);
      for (const auto& row : data.read()) processor->features(row);
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  }

  static const Task& task() { return tasks().get("image-classification"); }

  TemporaryDirectory root_;
  TaskContext context_;
};

/// Takes every image for a cat.
class OneClass : public runtime::Session {
 public:
  const std::vector<runtime::InputInfo>& inputs() const override { return inputs_; }
  const std::vector<std::string>& output_names() const override { return outputs_; }
  std::vector<runtime::Tensor> run(const std::vector<runtime::NamedTensor>& inputs) const override {
    const std::int64_t rows = inputs.at(0).tensor.shape.at(0);
    std::vector<float> logits;
    for (std::int64_t i = 0; i < rows; ++i) logits.insert(logits.end(), {0.0F, 1.0F});
    return {{{rows, 2}, logits}};
  }
  void run_visit(const std::vector<runtime::NamedTensor>&,
                 const runtime::OutputVisitor&) const override {
    throw Error("not needed here");
  }
  std::unique_ptr<Bound> bind(const std::vector<runtime::NamedTensor>&) const override {
    throw Error("not needed here");
  }

 private:
  std::vector<runtime::InputInfo> inputs_ = {{"pixel_values", true, {-1, 3, 4, 4}}};
  std::vector<std::string> outputs_ = {"logits"};
};

TEST_F(ImageClassificationTest, aligns_directories_with_the_models_labels_by_name) {
  const auto data = split();
  const auto processor = task().prepare(context_, data);
  EXPECT_EQ(processor->reference(data.row(0)), 1) << "cat";
  EXPECT_EQ(processor->reference(data.row(1)), 0) << "dog";
  context_.labels = {"LABEL_0", "LABEL_1"};
  EXPECT_EQ(task().prepare(context_, data)->reference(data.row(0)), 0) << "as the data set has it";
}

TEST_F(ImageClassificationTest, gives_the_model_one_tensor_an_image_and_joins_them) {
  const auto data = split();
  const auto processor = task().prepare(context_, data);
  const auto first = processor->features(data.row(0));
  const auto second = processor->features(data.row(1));
  ASSERT_EQ(first.size(), 1U);
  ASSERT_EQ(first[0].inputs.size(), 1U);
  EXPECT_EQ(first[0].inputs[0].name, "pixel_values");
  EXPECT_THAT(first[0].inputs[0].tensor.shape, ElementsAre(1, 3, 4, 4));
  const auto batch = processor->collate({first.data(), second.data()});
  EXPECT_THAT(batch[0].tensor.shape, ElementsAre(2, 3, 4, 4));
  const auto& joined = std::get<std::vector<float>>(batch[0].tensor.values);
  const auto& last = std::get<std::vector<float>>(second[0].inputs[0].tensor.values);
  EXPECT_TRUE(std::equal(last.begin(), last.end(), joined.begin() + 48));
}

TEST_F(ImageClassificationTest, takes_bytes_of_a_row_as_it_takes_a_file) {
  const std::string bytes = read_text(kImages / "rgb.png");
  const Json encoded = Json::binary({bytes.begin(), bytes.end()});
  auto data = split();
  const auto of_file = task().prepare(context_, data)->features(data.row(0));
  data.rows = dataset::rows_in_memory(
      {{{"image", {{"bytes", encoded}, {"path", "1.png"}}}, {"labels", 0}},
       {{"image", encoded}, {"labels", 0}},
       {{"image", {{"bytes", nullptr}, {"path", (kImages / "rgb.png").string()}}}, {"labels", 0}}});
  const auto processor = task().prepare(context_, data);
  for (const auto& row : data.read()) {
    EXPECT_EQ(processor->cost(row), bytes.size());
    EXPECT_EQ(processor->features(row)[0].inputs[0].tensor.values,
              of_file[0].inputs[0].tensor.values);
  }
  data.rows = dataset::rows_in_memory({{{"image", {{"bytes", nullptr}}}, {"labels", 0}}}, {"here"});
  EXPECT_THAT(message_of([&] { task().prepare(context_, data); }),
              HasSubstr("here: column 'image' has no image"));
}

TEST_F(ImageClassificationTest, predicts_the_class_of_the_largest_logit) {
  const auto data = split();
  const auto processor = task().prepare(context_, data);
  const runtime::Tensor logits{{1, 2}, std::vector<float>{-1, 2}};
  EXPECT_EQ(processor->prediction({{logits}}, {}, data.row(0)), 1);
}

TEST_F(ImageClassificationTest, takes_a_shuffled_subset_only_when_there_is_a_limit) {
  EXPECT_EQ(task().subset(10).shuffle_seed, 42U);
  EXPECT_EQ(task().subset(10).limit, 10U);
  EXPECT_FALSE(task().subset(0).shuffle_seed.has_value());
  EXPECT_FALSE(tasks().get("text-classification").subset(10).shuffle_seed.has_value());
}

TEST_F(ImageClassificationTest, reports_the_size_that_an_onnx_model_declares) {
  EXPECT_EQ(task().input_size({{"x", true, {-1, 3, 32, 48}}}, Json::object()), "32 x 48");
  EXPECT_EQ(task().input_size({}, {{"image_size", 8}}), "8 x 8") << "a checkpoint";
  EXPECT_EQ(task().input_size({}, Json::object()), "224 x 224");
}

TEST_F(ImageClassificationTest, times_pixels_between_0_and_1_of_the_models_own_size) {
  const std::vector<runtime::InputInfo> wanted = {{"pixel_values", true, {-1, 3, 4, 4}}};
  const auto inputs = task().timing_inputs(wanted, 2, 224, context_.config);
  ASSERT_EQ(inputs.size(), 1U);
  EXPECT_THAT(inputs[0].tensor.shape, ElementsAre(2, 3, 4, 4));
  const auto& values = std::get<std::vector<float>>(inputs[0].tensor.values);
  EXPECT_EQ(values.size(), 96U);
  EXPECT_THAT(values, Each(::testing::AllOf(::testing::Ge(0.0F), ::testing::Lt(1.0F))));
  EXPECT_GT(*std::max_element(values.begin(), values.end()), 0.9F);
  EXPECT_LT(*std::min_element(values.begin(), values.end()), 0.1F);
  EXPECT_THAT(task().timing_remark(wanted, 224, context_.config), HasSubstr("4 x 4"));
  EXPECT_EQ(task().timing_remark(wanted, 4, context_.config), "");
  EXPECT_EQ(task().timing_remark({}, 224, Json::object()), "") << "224 is transformers' default";
}

TEST_F(ImageClassificationTest, refuses_a_damaged_image_by_its_name) {
  const std::string whole = read_text(kImages / "rgb.png");
  write_text(root_.path() / "validation/cat/2.png", whole.substr(0, whole.size() / 2));
  EXPECT_THAT(refused(), HasSubstr("validation/cat/2.png"));
  write_text(root_.path() / "validation/cat/2.png", "");
  EXPECT_THAT(refused(), HasSubstr("cat/2.png: the image is empty"));
}

TEST_F(ImageClassificationTest, a_damaged_image_costs_its_sample_and_no_other) {
  const std::string whole = read_text(kImages / "rgb.png");
  write_text(root_.path() / "validation/cat/2.png", whole.substr(0, whole.size() / 2));
  write_text(root_.path() / "validation/cat/3.png", "");
  write_text(root_.path() / "validation/dog/2.png",
             "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n");
  const auto data = split();
  ASSERT_EQ(data.size(), 5U);
  const auto processor = task().prepare(context_, data);
  const auto remarks = look_at_samples(*processor, data, false);
  ASSERT_EQ(remarks.size(), 1U);
  const std::string file = (root_.path() / "validation/cat/2.png").string();
  EXPECT_THAT(remarks[0], HasSubstr("3 of 5 samples cannot be used and are left out; the first: " +
                                    file + ": damaged PNG"));
  EXPECT_THAT(message_of([&] { look_at_samples(*processor, data, true); }),
              HasSubstr("3 of 5 samples cannot be used; the first: " + file));

  const OneClass session;
  for (const std::size_t batch : {1, 2}) {
    EvaluationOptions options;
    options.metrics = {"accuracy"};
    options.eval_batch_size = batch;
    const Evaluation result = evaluate(session, *processor, data, context_.labels, options);
    EXPECT_EQ(result.samples, 2U);
    EXPECT_EQ(result.left_out, 3U);
    EXPECT_EQ(result.remarks, remarks);
    EXPECT_DOUBLE_EQ(result.figures.at("accuracy"), 0.5) << "cat/1.png and dog/1.jpg";
    EXPECT_THAT(result.predictions, ElementsAre(Json(1), Json(), Json(), Json(1), Json()));
    EXPECT_EQ(result.outcomes.at("accuracy"),
              (metric::Outcomes{{1, 1}, {0, 0}, {0, 0}, {0, 1}, {0, 0}}));
  }
}

TEST_F(ImageClassificationTest, a_data_set_without_one_usable_image_is_refused) {
  for (const char* name : {"cat/1.png", "dog/1.jpg"}) {
    write_text(root_.path() / "validation" / name,
               "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n");
  }
  const auto data = split();
  EXPECT_THAT(message_of([&] { look_at_samples(*task().prepare(context_, data), data, false); }),
              ::testing::AllOf(HasSubstr("no sample can be used; the first: "),
                               HasSubstr("cat/1.png: is a Git LFS pointer, not the file itself")));
}

TEST_F(ImageClassificationTest, refuses_an_image_processor_that_does_not_fit_the_model) {
  context_.config["image_size"] = {8, 4};
  EXPECT_THAT(refused(), HasSubstr("preprocessor_config.json: the model got images of 4 "
                                   "x 4, expected 8 x 4 (image_size of config.json)"));
  context_.config["image_size"] = 0;
  EXPECT_THAT(refused(), HasSubstr("config.json: key 'image_size' is 0"));
  context_.config["image_size"] = 4;
  context_.config["num_channels"] = 1;
  EXPECT_THAT(refused(), HasSubstr("config.json: key 'num_channels' is 1, expected 3"));
}

TEST_F(ImageClassificationTest, refuses_a_class_that_the_model_does_not_know) {
  add("bird/1.png", "rgb.png");
  EXPECT_THAT(refused(), HasSubstr("bird"));
}

TEST_F(ImageClassificationTest, refuses_a_column_that_is_no_image) {
  context_.data_keys = {{"primary", "label"}};
  EXPECT_THAT(refused(), HasSubstr("column 'label' has no image"));
}

}  // namespace
}  // namespace quantbench::task
