#include "quantbench/checkpoint/model_source.h"

#include <gmock/gmock.h>

#include "quantbench/base/file.h"
#include "support/message_of.h"

namespace quantbench::checkpoint {
namespace {

namespace fs = std::filesystem;

using quantbench::test::message_of;
using ::testing::AllOf;
using ::testing::HasSubstr;

class ModelSourceTest : public ::testing::Test {
 protected:
  ModelSourceTest() { add("config.json"); }
  void add(const std::string& file) const { write_text(directory() / file, "{}"); }
  fs::path directory() const { return scratch_.path(); }
  fs::path onnx_of(const hub::ModelChoice& choice) const {
    return find_model(directory(), choice).onnx.lexically_relative(directory());
  }
  std::string refusal(const fs::path& name, const hub::ModelChoice& choice) const {
    return message_of([&] { find_model(name, choice); });
  }

 private:
  TemporaryDirectory scratch_;
};

TEST_F(ModelSourceTest, a_directory_with_weights_is_a_checkpoint_unless_the_user_says_otherwise) {
  add("model.safetensors");
  add("onnx/model.onnx");
  EXPECT_FALSE(find_model(directory()).is_onnx());
  EXPECT_EQ(onnx_of({.from_transformers = false}), "onnx/model.onnx");
  EXPECT_EQ(onnx_of({.file_name = "onnx/model.onnx"}), "onnx/model.onnx");
}

TEST_F(ModelSourceTest, an_onnx_model_without_weights_needs_no_key) {
  add("model.onnx");
  EXPECT_EQ(onnx_of({}), "model.onnx");
  EXPECT_FALSE(find_model(directory(), {.from_transformers = true}).is_onnx());
}

TEST_F(ModelSourceTest, of_several_the_file_name_picks_one) {
  add("onnx/model_int8.onnx");
  add("onnx/model_fp16.onnx");
  add("deep/er/other.onnx");
  EXPECT_THAT(refusal(directory(), {}),
              AllOf(HasSubstr("holds 2 ONNX models: onnx/model_fp16.onnx, onnx/model_int8.onnx"),
                    HasSubstr("file_name picks one")));
  EXPECT_EQ(onnx_of({.file_name = "model_fp16.onnx"}), "onnx/model_fp16.onnx");
  EXPECT_EQ(onnx_of({.file_name = "deep/er/other.onnx"}), "deep/er/other.onnx");
  EXPECT_THAT(refusal(directory(), {.file_name = "model_q4.onnx"}),
              AllOf(HasSubstr("no ONNX model 'model_q4.onnx'"), HasSubstr("onnx/model_int8.onnx")));
  EXPECT_THAT(refusal(directory(), {.file_name = "../x.onnx"}), HasSubstr("no ONNX model"));
  add("onnx/model.onnx");
  EXPECT_EQ(onnx_of({}), "onnx/model.onnx");
  add("model.onnx");
  EXPECT_EQ(onnx_of({}), "model.onnx");
}

TEST_F(ModelSourceTest, no_onnx_model_is_said) {
  EXPECT_THAT(refusal(directory(), {.from_transformers = false}),
              HasSubstr("no ONNX model (expected model.onnx or onnx/model.onnx)"));
}

TEST_F(ModelSourceTest, a_file_has_its_config_beside_it_or_beside_its_directory) {
  add("model.onnx");
  add("onnx/model.onnx");
  EXPECT_EQ(fs::canonical(find_model(directory() / "model.onnx").directory),
            fs::canonical(directory()));
  const ModelSource below = find_model(directory() / "onnx/model.onnx");
  EXPECT_EQ(fs::canonical(below.directory), fs::canonical(directory()));
  EXPECT_EQ(below.onnx, directory() / "onnx/model.onnx");
  EXPECT_THAT(refusal(directory() / "model.onnx", {.from_transformers = true}),
              HasSubstr("from_transformers is true"));
  EXPECT_THAT(refusal(directory() / "model.onnx", {.file_name = "x.onnx"}), HasSubstr("file_name"));
}

}  // namespace
}  // namespace quantbench::checkpoint
