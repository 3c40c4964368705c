// Repositories that hold ONNX models.

#include <gmock/gmock.h>

#include "hub/hub_fixture.h"
#include "quantbench/base/file.h"

namespace quantbench::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class OnnxRepository : public HubTest {
 protected:
  OnnxRepository() {
    server.add("models", "acme/onnx").files = {{"config.json", "{}"},
                                               {"vocab.txt", "a"},
                                               {"onnx/model.onnx", "graph"},
                                               {"onnx/model.onnx_data", "weights"},
                                               {"onnx/model_fp16.onnx", "half"},
                                               {"README.md", "A model."}};
  }

  static std::vector<std::string> external_data_of(const std::filesystem::path& model) {
    return read_text(model) == "graph" ? std::vector<std::string>{"model.onnx_data"}
                                       : std::vector<std::string>{};
  }

  std::vector<std::string> fetched(const std::string& name, const hub::ModelChoice& choice) {
    hub::Hub hub(options());
    const hub::Snapshot snapshot = hub::fetch_model(hub, name, "main", choice, &external_data_of);
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(snapshot.directory)) {
      if (entry.is_directory()) continue;
      files.push_back(entry.path().lexically_relative(snapshot.directory).string());
    }
    return files;
  }
};

TEST_F(OnnxRepository, only_the_chosen_model_and_its_external_data_are_fetched) {
  EXPECT_THAT(
      fetched("acme/onnx", {.file_name = "onnx/model.onnx"}),
      UnorderedElementsAre("config.json", "vocab.txt", "onnx/model.onnx", "onnx/model.onnx_data"));
}

TEST_F(OnnxRepository, weights_come_first_unless_the_user_says_otherwise) {
  EXPECT_THAT(fetched("acme/tiny", {}),
              UnorderedElementsAre("config.json", "tokenizer.json", "model.safetensors"));
}

TEST_F(OnnxRepository, the_only_model_needs_no_file_name) {
  EXPECT_THAT(fetched("acme/tiny", {.from_transformers = false}),
              ::testing::IsSupersetOf({"onnx/model.onnx"}));
}

TEST_F(OnnxRepository, of_several_models_the_usual_name_is_meant) {
  EXPECT_THAT(
      fetched("acme/onnx", {}),
      UnorderedElementsAre("config.json", "vocab.txt", "onnx/model.onnx", "onnx/model.onnx_data"));
}

TEST_F(OnnxRepository, several_models_are_listed) {
  server.add("models", "acme/variants").files = {
      {"config.json", "{}"}, {"model_int8.onnx", "i"}, {"onnx/model_fp16.onnx", "half"}};
  EXPECT_THAT(message_of([&] { fetched("acme/variants", {}); }),
              AllOf(HasSubstr("acme/variants"),
                    HasSubstr("holds 2 ONNX models: model_int8.onnx, onnx/model_fp16.onnx"),
                    HasSubstr("file_name picks one")));
  EXPECT_THAT(message_of([&] { fetched("acme/variants", {.from_transformers = true}); }),
              HasSubstr("from_transformers: false takes its ONNX model"));
}

TEST_F(OnnxRepository, external_data_that_the_repository_lacks_is_named) {
  server.add("models", "acme/half").files = {{"config.json", "{}"}, {"model.onnx", "graph"}};
  EXPECT_THAT(message_of([&] { fetched("acme/half", {}); }),
              HasSubstr("has no model.onnx_data, the external data of model.onnx"));
}

}  // namespace
}  // namespace quantbench::test
