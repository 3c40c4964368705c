#pragma once

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "support/checkpoint_files.h"

namespace quantbench::test {

/// A small checkpoint of random weights in a directory of its own: hidden size 8, 2 heads,
/// intermediate size 12, 2 labels. Text: vocabulary 20, 16 positions. Images: 8 x 8 pixels in 4
/// patches. Edit `config` and `weights` before `write`.
class TinyModel {
 public:
  /// `model_type`: distilbert, bert, roberta or vit.
  explicit TinyModel(const std::string& model_type, int layers = 2) : model_type_(model_type) {
    config = {{"model_type", model_type}};
    if (model_type == "distilbert") {
      config.update({{"vocab_size", 20},
                     {"dim", 8},
                     {"hidden_dim", 12},
                     {"n_layers", layers},
                     {"n_heads", 2},
                     {"max_position_embeddings", 16}});
      add_distilbert(layers);
    } else if (model_type == "vit") {
      config.update({{"image_size", 8},
                     {"patch_size", 4},
                     {"hidden_size", 8},
                     {"intermediate_size", 12},
                     {"num_hidden_layers", layers},
                     {"num_attention_heads", 2}});
      add_vit(layers);
    } else {
      config.update({{"vocab_size", 20},
                     {"hidden_size", 8},
                     {"intermediate_size", 12},
                     {"num_hidden_layers", layers},
                     {"num_attention_heads", 2},
                     {"max_position_embeddings", 16},
                     {"type_vocab_size", 2}});
      add_bert(layers);
    }
  }

  const std::filesystem::path& write() const {
    write_text(directory_.path() / "config.json", config.dump(2));
    weights.write(directory_.path() / "model.safetensors");
    return directory_.path();
  }

  /// Renames a tensor.
  void rename(const std::string& from, const std::string& to) {
    const Json entry = weights.header.at(from);
    weights.header.erase(from);
    weights.header[to] = entry;
  }

  /// Replaces the values of a tensor; their number must match.
  void set(const std::string& name, const std::vector<float>& values) {
    const auto begin = weights.header.at(name).at("data_offsets").at(0).get<std::size_t>();
    std::memcpy(weights.data.data() + begin, values.data(), values.size() * sizeof(float));
  }

  Json config;
  SafetensorsWriter weights;

 private:
  void add_linear(const std::string& name, std::int64_t in, std::int64_t out) {
    weights.add_random(name + ".weight", {out, in});
    weights.add_random(name + ".bias", {out});
  }

  void add_norm(const std::string& name) {
    weights.add_random(name + ".weight", {8}, 1.0F);
    weights.add_random(name + ".bias", {8});
  }

  void add_task_heads(const std::string& dense, const std::string& output) {
    add_linear(dense, 8, 8);
    add_linear(output, 8, 2);
    if (output != "classifier") add_linear("classifier", 8, 2);
    add_linear("qa_outputs", 8, 2);
  }

  void add_distilbert(int layers) {
    weights.add_random("distilbert.embeddings.word_embeddings.weight", {20, 8});
    weights.add_random("distilbert.embeddings.position_embeddings.weight", {16, 8});
    add_norm("distilbert.embeddings.LayerNorm");
    for (int i = 0; i < layers; ++i) {
      const std::string layer = "distilbert.transformer.layer." + std::to_string(i) + ".";
      for (const char* name : {"q_lin", "k_lin", "v_lin", "out_lin"}) {
        add_linear(layer + "attention." + name, 8, 8);
      }
      add_norm(layer + "sa_layer_norm");
      add_linear(layer + "ffn.lin1", 8, 12);
      add_linear(layer + "ffn.lin2", 12, 8);
      add_norm(layer + "output_layer_norm");
    }
    add_task_heads("pre_classifier", "classifier");
  }

  void add_bert(int layers) {
    weights.add_random(model_type_ + ".embeddings.word_embeddings.weight", {20, 8});
    weights.add_random(model_type_ + ".embeddings.position_embeddings.weight", {16, 8});
    weights.add_random(model_type_ + ".embeddings.token_type_embeddings.weight", {2, 8});
    add_norm(model_type_ + ".embeddings.LayerNorm");
    for (int i = 0; i < layers; ++i) {
      const std::string layer = model_type_ + ".encoder.layer." + std::to_string(i) + ".";
      for (const char* name : {"self.query", "self.key", "self.value", "output.dense"}) {
        add_linear(layer + "attention." + name, 8, 8);
      }
      add_norm(layer + "attention.output.LayerNorm");
      add_linear(layer + "intermediate.dense", 8, 12);
      add_linear(layer + "output.dense", 12, 8);
      add_norm(layer + "output.LayerNorm");
    }
    if (model_type_ == "roberta") {
      add_task_heads("classifier.dense", "classifier.out_proj");
    } else {
      add_task_heads(model_type_ + ".pooler.dense", "classifier");
    }
  }

  void add_vit(int layers) {
    weights.add_random("vit.embeddings.cls_token", {1, 1, 8});
    weights.add_random("vit.embeddings.position_embeddings", {1, 5, 8});
    weights.add_random("vit.embeddings.patch_embeddings.projection.weight", {8, 3, 4, 4});
    weights.add_random("vit.embeddings.patch_embeddings.projection.bias", {8});
    for (int i = 0; i < layers; ++i) {
      const std::string layer = "vit.encoder.layer." + std::to_string(i) + ".";
      for (const char* name :
           {"attention.query", "attention.key", "attention.value", "output.dense"}) {
        add_linear(layer + "attention." + name, 8, 8);
      }
      add_norm(layer + "layernorm_before");
      add_norm(layer + "layernorm_after");
      add_linear(layer + "intermediate.dense", 8, 12);
      add_linear(layer + "output.dense", 12, 8);
    }
    add_norm("vit.layernorm");
    add_linear("classifier", 8, 2);
  }

  std::string model_type_;
  TemporaryDirectory directory_;
};

}  // namespace quantbench::test
