#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "quantbench/base/error.h"
#include "quantbench/model/architecture.h"
#include "support/checkpoint_files.h"

namespace quantbench::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A checkpoint with tensors from the test, exported as the architecture in `config`.
class Architectures : public ::testing::Test {
 protected:
  void add_linear(const std::string& name, std::int64_t in, std::int64_t out) {
    weights_.add_random(name + ".weight", {out, in});
    weights_.add_random(name + ".bias", {out});
  }

  void add_norm(const std::string& name, std::int64_t size) {
    weights_.add_random(name + ".weight", {size}, 1.0F);
    weights_.add_random(name + ".bias", {size});
  }

  void make_albert() {
    config_ = {{"model_type", "albert"},   {"vocab_size", 20},
               {"embedding_size", 4},      {"hidden_size", 8},
               {"intermediate_size", 12},  {"num_hidden_layers", 3},
               {"num_attention_heads", 2}, {"max_position_embeddings", 16},
               {"type_vocab_size", 2},     {"hidden_act", "relu"}};
    weights_.add_random("albert.embeddings.word_embeddings.weight", {20, 4});
    weights_.add_random("albert.embeddings.position_embeddings.weight", {16, 4});
    weights_.add_random("albert.embeddings.token_type_embeddings.weight", {2, 4});
    add_norm("albert.embeddings.LayerNorm", 4);
    add_linear("albert.encoder.embedding_hidden_mapping_in", 4, 8);
    const std::string layer = "albert.encoder.albert_layer_groups.0.albert_layers.0.";
    for (const char* name : {"query", "key", "value", "dense"}) {
      add_linear(layer + "attention." + name, 8, 8);
    }
    add_norm(layer + "attention.LayerNorm", 8);
    add_linear(layer + "ffn", 8, 12);
    add_linear(layer + "ffn_output", 12, 8);
    add_norm(layer + "full_layer_layer_norm", 8);
    add_linear("albert.pooler", 8, 8);
    add_linear("classifier", 8, 2);
  }

  void make_vit() {
    config_ = {{"model_type", "vit"},    {"hidden_size", 8},         {"intermediate_size", 12},
               {"num_hidden_layers", 1}, {"num_attention_heads", 2}, {"image_size", 8},
               {"patch_size", 4},        {"num_channels", 1}};
    weights_.add_random("vit.embeddings.cls_token", {1, 1, 8});
    weights_.add_random("vit.embeddings.position_embeddings", {1, 5, 8});
    weights_.add_random("vit.embeddings.patch_embeddings.projection.weight", {8, 1, 4, 4});
    weights_.add_random("vit.embeddings.patch_embeddings.projection.bias", {8});
    const std::string layer = "vit.encoder.layer.0.";
    for (const char* name :
         {"attention.query", "attention.key", "attention.value", "output.dense"}) {
      add_linear(layer + "attention." + name, 8, 8);
    }
    add_norm(layer + "layernorm_before", 8);
    add_norm(layer + "layernorm_after", 8);
    add_linear(layer + "intermediate.dense", 8, 12);
    add_linear(layer + "output.dense", 12, 8);
    add_norm("vit.layernorm", 8);
    add_linear("classifier", 8, 2);
  }

  graph::Model exported(const std::string& task) {
    write_text(directory_.path() / "config.json", config_.dump());
    weights_.write(directory_.path() / "model.safetensors");
    return export_onnx(checkpoint::Checkpoint::open(directory_.path()),
                       {.task = task, .opset = 13});
  }

  std::string error_with(const std::string& key, const Json& value, const std::string& task) {
    const Json before = config_;
    config_[key] = value;
    std::string problem = "no error";
    try {
      exported(task);
    } catch (const Error& error) {
      problem = error.what();
    }
    config_ = before;
    return problem;
  }

  static int count(const graph::Model& model, const std::string& op_type) {
    int found = 0;
    for (const onnx::NodeProto& node : model.graph().node()) found += node.op_type() == op_type;
    return found;
  }

  TemporaryDirectory directory_;
  test::SafetensorsWriter weights_;
  Json config_;
};

TEST_F(Architectures, albert_layers_share_one_copy_of_their_weights) {
  make_albert();
  const graph::Model three = exported("text-classification");
  config_["num_hidden_layers"] = 1;
  const graph::Model one = exported("text-classification");
  EXPECT_EQ(count(three, "Softmax"), 3);
  EXPECT_EQ(count(one, "Softmax"), 1);
  EXPECT_EQ(three.initializer_names(), one.initializer_names());
}

TEST_F(Architectures, albert_cannot_ask_for_a_graph_of_any_size) {
  make_albert();
  EXPECT_THAT(error_with("num_hidden_layers", 2000000000, "text-classification"),
              HasSubstr("key 'num_hidden_layers' is 2000000000, expected 1 to 4096"));
  EXPECT_THAT(error_with("num_hidden_groups", 4, "text-classification"),
              HasSubstr("'num_hidden_groups' (4) exceeds 'num_hidden_layers' (3)"));
}

TEST_F(Architectures, vit_takes_pixels_and_classifies_its_first_token) {
  make_vit();
  const graph::Model model = exported("image-classification");
  ASSERT_EQ(model.graph().input_size(), 1);
  EXPECT_EQ(model.graph().input(0).name(), "pixel_values");
  EXPECT_EQ(model.graph().input(0).type().tensor_type().elem_type(), onnx::TensorProto::FLOAT);
  EXPECT_EQ(model.graph().input(0).type().tensor_type().shape().dim_size(), 4);
  EXPECT_EQ(count(model, "Conv"), 1);
  EXPECT_EQ(count(model, "MatMul"), 8);
  EXPECT_EQ(count(model, "Gemm"), 1);
  const onnx::NodeProto& last = model.graph().node(model.graph().node_size() - 1);
  EXPECT_EQ(last.op_type(), "Gemm");
  EXPECT_THAT(std::vector<std::string>(last.output().begin(), last.output().end()),
              ElementsAre("logits"));
}

TEST_F(Architectures, vit_names_the_key_of_an_image_size_that_makes_no_patches) {
  make_vit();
  const std::string task = "image-classification";
  EXPECT_THAT(error_with("image_size", 3, task), HasSubstr("0 x 0 patches, expected 1 to 4096"));
  EXPECT_THAT(error_with("image_size", 16000000, task), HasSubstr("patches, expected 1 to 4096"));
  EXPECT_THAT(error_with("image_size", {8, 8, 8}, task), HasSubstr("expected [height, width]"));
  EXPECT_THAT(error_with("image_size", {8, "8"}, task), HasSubstr("expected two sizes"));
  EXPECT_THAT(error_with("patch_size", {4, 2}, task), HasSubstr("'patch_size' must be square"));
  EXPECT_THAT(error_with("image_size", {8, 12}, task),
              HasSubstr("has shape [1, 5, 8], expected [1, 7, 8]"));
  EXPECT_THAT(error_with("image_size", 8, "text-classification"),
              HasSubstr("model_type 'vit' has no head for task 'text-classification'"));
}

}  // namespace
}  // namespace quantbench::model
