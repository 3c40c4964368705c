#include "quantbench/deploy/layout.h"

#include <gmock/gmock.h>

#include "quantbench/base/error.h"
#include "quantbench/deploy/loading.h"
#include "support/message_of.h"

namespace quantbench::deploy {
namespace {

using quantbench::test::message_of;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

execute::ArtefactDescription files(const std::vector<std::string>& names) {
  execute::ArtefactDescription out;
  for (const std::string& name : names) out.files.push_back({name, 1, "hash"});
  return out;
}

const execute::ArtefactDescription kOneFile = files({"model.onnx"});
const execute::ArtefactDescription kWithData = files({"model.onnx", "model.onnx.data"});

TEST(Layout, of_optimum_has_one_file_of_the_standard_name_and_a_link_for_transformers_js) {
  const Places places = places_in(Layout::kOptimum, /*is_quantized=*/true, kOneFile);
  EXPECT_EQ(places.model, "model.onnx");
  EXPECT_EQ(places.link, "onnx/model_quantized.onnx");
  EXPECT_EQ(places.dtype, "q8");
  EXPECT_TRUE(places.js_finds_it);
}

TEST(Layout, of_optimum_has_no_second_model_onnx) {
  const Places places = places_in(Layout::kOptimum, /*is_quantized=*/false, kOneFile);
  EXPECT_EQ(places.model, "model.onnx");
  EXPECT_EQ(places.link, "");
  EXPECT_EQ(places.dtype, "fp32");
  EXPECT_FALSE(places.js_finds_it);
}

TEST(Layout, of_transformers_js_has_the_name_that_belongs_to_the_dtype) {
  const Places quantized = places_in(Layout::kTransformersJs, /*is_quantized=*/true, kOneFile);
  EXPECT_EQ(quantized.model, "onnx/model_quantized.onnx");
  EXPECT_EQ(quantized.dtype, "q8");
  EXPECT_EQ(quantized.link, "");
  const Places original = places_in(Layout::kTransformersJs, /*is_quantized=*/false, kOneFile);
  EXPECT_EQ(original.model, "onnx/model.onnx");
  EXPECT_EQ(original.dtype, "fp32");
}

TEST(Layout, with_external_data_is_not_for_transformers_js) {
  const Places places = places_in(Layout::kOptimum, /*is_quantized=*/true, kWithData);
  EXPECT_EQ(places.link, "");
  EXPECT_EQ(places.dtype, "");
  EXPECT_THAT(message_of([] { places_in(Layout::kTransformersJs, true, kWithData); }),
              HasSubstr("external data"));
}

TEST(Layout, has_a_name_in_the_command_line) {
  EXPECT_EQ(layout_of("optimum"), Layout::kOptimum);
  EXPECT_EQ(layout_of("transformers.js"), Layout::kTransformersJs);
  EXPECT_THAT(message_of([] { layout_of("transformer.js"); }), HasSubstr("transformers.js"));
}

TEST(Loading, shows_each_program_the_file_and_the_options_that_it_needs) {
  Loading loading{.places = places_in(Layout::kTransformersJs, true, kOneFile),
                  .task = "token-classification",
                  .head = "TokenClassification",
                  .has_tokenizer = true,
                  .threads = 3,
                  .framework = "openvino",
                  .arguments = {{"inference_precision", "bf16"}}};
  EXPECT_THAT(
      loading_section(loading),
      AllOf(HasSubstr("InferenceSession(\"onnx/model_quantized.onnx\", options, "),
            HasSubstr("options.intra_op_num_threads = 3"),
            HasSubstr("ORTModelForTokenClassification.from_pretrained(\".\", "
                      "file_name=\"model_quantized.onnx\", session_options=options)"),
            HasSubstr("pipeline('token-classification', './');"),
            HasSubstr("compile_model(\"onnx/model_quantized.onnx\", \"CPU\", "
                      "{\"INFERENCE_PRECISION_HINT\": \"bf16\", \"INFERENCE_NUM_THREADS\": 3})")));

  loading = {.places = places_in(Layout::kOptimum, false, kOneFile),
             .task = "image-classification",
             .head = "ImageClassification",
             .has_image_processor = true};
  EXPECT_THAT(loading_section(loading),
              AllOf(HasSubstr("InferenceSession(\"model.onnx\", providers="),
                    HasSubstr("ORTModelForImageClassification.from_pretrained(\".\")\n"),
                    HasSubstr("AutoImageProcessor"), Not(HasSubstr("AutoTokenizer")),
                    Not(HasSubstr("SessionOptions")),
                    HasSubstr("pipeline('image-classification', './', { subfolder: '' });")));

  loading.places = places_in(Layout::kOptimum, true, kWithData);
  EXPECT_THAT(loading_section(loading),
              AllOf(HasSubstr("transformers.js cannot load"), Not(HasSubstr("@huggingface"))));
}

TEST(Loading, in_three_lines_is_with_the_framework_that_was_measured) {
  Loading loading{.places = places_in(Layout::kTransformersJs, true, kOneFile),
                  .task = "token-classification",
                  .head = "TokenClassification",
                  .has_tokenizer = true,
                  .framework = "onnxruntime"};
  EXPECT_THAT(
      loading_lines(loading, "out/it's"),
      testing::ElementsAre("from optimum.onnxruntime import ORTModelForTokenClassification",
                           "from transformers import pipeline",
                           "pipe = pipeline(\"token-classification\", "
                           "model=ORTModelForTokenClassification.from_pretrained(\"out/it's\", "
                           "file_name=\"model_quantized.onnx\"), tokenizer=\"out/it's\")"));
  loading.head.clear();
  EXPECT_EQ(loading_lines(loading, "out")[1],
            "session = onnxruntime.InferenceSession('out/onnx/model_quantized.onnx', "
            "providers=[\"CPUExecutionProvider\"])");
  loading.framework = "openvino";
  loading.threads = 2;
  EXPECT_THAT(loading_lines(loading, "out"),
              testing::ElementsAre(
                  "import openvino",
                  "model = openvino.Core().compile_model('out/onnx/model_quantized.onnx', \"CPU\", "
                  "{\"INFERENCE_PRECISION_HINT\": \"f32\", \"INFERENCE_NUM_THREADS\": 2})",
                  "outputs = model(inputs)"));
}

}  // namespace
}  // namespace quantbench::deploy
