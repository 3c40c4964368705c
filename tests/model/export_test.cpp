#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <map>
#include <set>

#include "quantbench/base/error.h"
#include "quantbench/model/architecture.h"
#include "support/tiny_models.h"

namespace quantbench::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

graph::Model exported(const test::TinyModel& model, const std::string& task = "text-classification",
                      int opset = 11) {
  return export_onnx(checkpoint::Checkpoint::open(model.write()), {.task = task, .opset = opset});
}

std::string error_of(const test::TinyModel& model, const std::string& task = "text-classification",
                     int opset = 11) {
  try {
    exported(model, task, opset);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::map<std::string, int> operator_counts(const graph::Model& model) {
  std::map<std::string, int> counts;
  for (const onnx::NodeProto& node : model.graph().node()) ++counts[node.op_type()];
  return counts;
}

/// Nodes that one more layer adds.
std::map<std::string, int> operators_of_a_layer(const std::string& model_type) {
  const auto one = operator_counts(exported(test::TinyModel(model_type, 1)));
  auto counts = operator_counts(exported(test::TinyModel(model_type, 2)));
  for (const auto& [op, count] : one) {
    counts[op] -= count;
    if (counts[op] == 0) counts.erase(op);
  }
  return counts;
}

std::vector<std::string> input_names(const graph::Model& model) {
  std::vector<std::string> names;
  for (const auto& input : model.graph().input()) names.push_back(input.name());
  return names;
}

std::string dimensions(const onnx::ValueInfoProto& info) {
  std::string text;
  for (const auto& dimension : info.type().tensor_type().shape().dim()) {
    if (!text.empty()) text += " x ";
    text +=
        dimension.has_dim_param() ? dimension.dim_param() : std::to_string(dimension.dim_value());
  }
  return text;
}

const onnx::NodeProto& producer(const graph::Model& model, const std::string& tensor) {
  for (const onnx::NodeProto& node : model.graph().node()) {
    for (const std::string& output : node.output()) {
      if (output == tensor) return node;
    }
  }
  throw Error("no node makes '" + tensor + "'");
}

TEST(Export, gives_each_bert_layer_the_operators_that_the_exporter_of_2022_gave_it) {
  const std::map<std::string, int> expected = {
      // 4 projections, 2 of the feed-forward, scores and context
      {"MatMul", 8},
      // 6 biases, mask, 2 residuals, 2 per LayerNorm, 1 in GELU
      {"Add", 14},
      {"ReduceMean", 4},
      {"Sub", 2},
      {"Pow", 2},
      {"Sqrt", 2},
      // LayerNorm twice, scores, GELU
      {"Div", 4},
      {"Mul", 4},
      {"Erf", 1},
      {"Softmax", 1},
      // views of query, key, value and context, each of batch and length
      {"Reshape", 4},
      {"Transpose", 4},
      {"Concat", 4},
      {"Shape", 8},
      {"Gather", 8},
      {"Unsqueeze", 8},
      // 8 indices, 3 head shapes of 2 and 1 of 1, 2 per LayerNorm, scores, 3 in GELU
      {"Constant", 8 + 7 + 4 + 1 + 3}};
  EXPECT_EQ(operators_of_a_layer("bert"), expected);
  EXPECT_EQ(operators_of_a_layer("roberta"), expected);
}

TEST(Export, masks_distilbert_with_where_and_scales_its_queries) {
  const auto counts = operators_of_a_layer("distilbert");
  EXPECT_EQ(counts.at("MatMul"), 8);
  EXPECT_EQ(counts.at("Add"), 13);
  EXPECT_EQ(counts.at("Where"), 1);
  EXPECT_EQ(counts.at("Equal"), 1);
  EXPECT_EQ(counts.at("Expand"), 1);
  EXPECT_EQ(counts.at("Div"), 4);
  const graph::Model model = exported(test::TinyModel("distilbert", 1));
  for (const onnx::NodeProto& node : model.graph().node()) {
    if (node.op_type() != "Softmax") continue;
    const onnx::NodeProto& where = producer(model, node.input(0));
    EXPECT_EQ(where.op_type(), "Where");
    const onnx::NodeProto& scores = producer(model, where.input(2));
    EXPECT_EQ(scores.op_type(), "MatMul");
    EXPECT_EQ(producer(model, scores.input(0)).op_type(), "Div");
  }
}

TEST(Export, writes_layer_normalization_as_nine_nodes_in_every_operator_set) {
  for (int opset = 11; opset <= 17; ++opset) {
    const graph::Model model = exported(test::TinyModel("bert", 1), "token-classification", opset);
    EXPECT_EQ(operator_counts(model).count("LayerNormalization"), 0U);
    std::vector<std::string> path;
    for (const onnx::NodeProto& node : model.graph().node()) {
      if (node.input_size() < 2 || !node.input(1).ends_with("attention.output.LayerNorm.bias")) {
        continue;
      }
      const onnx::NodeProto* at = &node;
      while (path.size() < 8) {
        path.push_back(at->op_type());
        // The denominator of Div, the first input of all others.
        at = &producer(model, at->input(at->op_type() == "Div" ? 1 : 0));
      }
      EXPECT_EQ(at->op_type(), "Add") << "the residual";
    }
    EXPECT_THAT(path, ElementsAre("Add", "Mul", "Div", "Sqrt", "Add", "ReduceMean", "Pow", "Sub"))
        << "opset " << opset;
  }
}

TEST(Export, names_nodes_by_operator_and_running_number) {
  const graph::Model model = exported(test::TinyModel("bert"));
  for (int i = 0; i < model.graph().node_size(); ++i) {
    const onnx::NodeProto& node = model.graph().node(i);
    EXPECT_EQ(node.name(), node.op_type() + "_" + std::to_string(i));
  }
}

TEST(Export, takes_the_inputs_of_transformers_onnx_export_in_its_order) {
  EXPECT_THAT(input_names(exported(test::TinyModel("bert"))),
              ElementsAre("input_ids", "attention_mask", "token_type_ids"));
  for (const char* model_type : {"distilbert", "roberta"}) {
    EXPECT_THAT(input_names(exported(test::TinyModel(model_type))),
                ElementsAre("input_ids", "attention_mask"));
  }
}

TEST(Export, leaves_batch_and_sequence_dynamic) {
  const graph::Model model = exported(test::TinyModel("roberta"), "token-classification");
  EXPECT_EQ(dimensions(model.graph().input(0)), "batch x sequence");
  EXPECT_EQ(dimensions(model.graph().output(0)), "batch x sequence x 2");
  EXPECT_EQ(model.graph().output(0).name(), "logits");
  const graph::Model spans = exported(test::TinyModel("roberta"), "question-answering");
  EXPECT_EQ(spans.graph().output(0).name(), "start_logits");
  EXPECT_EQ(spans.graph().output(1).name(), "end_logits");
  EXPECT_EQ(dimensions(spans.graph().output(1)), "batch x sequence");
}

TEST(Export, uses_gemm_for_the_pooled_token_alone) {
  for (const char* model_type : {"distilbert", "bert", "roberta"}) {
    EXPECT_EQ(operator_counts(exported(test::TinyModel(model_type))).at("Gemm"), 2) << model_type;
    EXPECT_EQ(
        operator_counts(exported(test::TinyModel(model_type), "question-answering")).count("Gemm"),
        0U)
        << model_type;
  }
}

TEST(Export, transposes_matmul_weights_and_keeps_gemm_weights) {
  const test::TinyModel tiny("bert");
  const graph::Model model = exported(tiny);
  const auto checkpoint = checkpoint::Checkpoint::open(tiny.write());
  const std::string name = "bert.encoder.layer.1.intermediate.dense.weight";
  const auto original = checkpoint.find(name)->to_float();  // [12, 8]
  const auto values = model.find_initializer(name)->values<float>();
  EXPECT_THAT(model.find_initializer(name)->shape, ElementsAre(8, 12));
  for (std::size_t row = 0; row < 12; ++row) {
    for (std::size_t column = 0; column < 8; ++column) {
      ASSERT_EQ(values[column * 12 + row], original[row * 8 + column]);
    }
  }
  EXPECT_THAT(model.find_initializer("classifier.weight")->shape, ElementsAre(2, 8));
}

TEST(Export, passes_the_checker_and_strict_shape_inference_in_every_operator_set) {
  for (const char* model_type : {"distilbert", "bert", "roberta"}) {
    for (const char* task : {"text-classification", "token-classification", "question-answering"}) {
      for (int opset = 11; opset <= 17; ++opset) {
        const graph::Model model = exported(test::TinyModel(model_type, 1), task, opset);
        EXPECT_EQ(model.opset(), opset);
        EXPECT_EQ(model.proto().producer_name(), "quantbench");
        onnx::ModelProto proto = model.to_proto();
        EXPECT_NO_THROW(onnx::checker::check_model(proto));
        const onnx::ShapeInferenceOptions options(true, 1, true);
        EXPECT_NO_THROW(
            onnx::shape_inference::InferShapes(proto, onnx::OpSchemaRegistry::Instance(), options))
            << model_type << " " << task << " " << opset;
      }
    }
  }
}

TEST(Export, reads_weights_saved_without_the_prefix_of_the_base_model) {
  test::TinyModel tiny("bert", 1);
  const auto names = checkpoint::Checkpoint::open(tiny.write()).names();
  for (const std::string& name : names) {
    if (name.starts_with("bert.")) tiny.rename(name, name.substr(5));
  }
  EXPECT_NE(exported(tiny).find_initializer("bert.pooler.dense.weight"), nullptr);
}

TEST(Export, reads_layer_norms_called_gamma_and_beta) {
  test::TinyModel tiny("bert", 1);
  const std::string norm = "bert.embeddings.LayerNorm.";
  tiny.rename(norm + "weight", norm + "gamma");
  tiny.rename(norm + "bias", norm + "beta");
  EXPECT_NE(exported(tiny).find_initializer(norm + "weight"), nullptr);
}

TEST(Export, names_the_missing_tensor_and_the_nearest_one) {
  test::TinyModel tiny("bert");
  tiny.rename("classifier.weight", "clasifier.weight");
  EXPECT_THAT(error_of(tiny),
              HasSubstr("model.safetensors: missing tensor 'classifier.weight' (the "
                        "nearest name is 'clasifier.weight')"));
}

TEST(Export, names_the_tensor_whose_shape_is_not_that_of_the_configuration) {
  test::TinyModel tiny("bert");
  tiny.config["intermediate_size"] = 16;
  EXPECT_THAT(error_of(tiny), HasSubstr("tensor 'bert.encoder.layer.0.intermediate.dense.weight': "
                                        "has shape [12, 8], expected [16, 8]"));
}

TEST(Export, refuses_model_types_and_tasks_that_it_does_not_know) {
  test::TinyModel tiny("bert");
  EXPECT_THAT(error_of(tiny, "fill-mask"),
              HasSubstr("model_type 'bert' has no head for task 'fill-mask'"));
  tiny.config["model_type"] = "gpt2";
  const std::string error = error_of(tiny);
  EXPECT_THAT(error, HasSubstr("config.json: unknown model_type 'gpt2'"));
  EXPECT_THAT(error, HasSubstr("distilbert"));
}

TEST(Export, refuses_operator_sets_outside_11_to_17) {
  const test::TinyModel tiny("bert");
  EXPECT_THAT(error_of(tiny, "text-classification", 10), HasSubstr("opset 10 is not supported"));
  EXPECT_THAT(error_of(tiny, "text-classification", 18), HasSubstr("11 to 17"));
}

TEST(Export, names_the_key_of_a_configuration_value_that_it_does_not_support) {
  const std::vector<std::tuple<std::string, Json, std::string>> cases = {
      {"position_embedding_type", "relative_key",
       "key 'position_embedding_type' is \"relative_key\""},
      {"is_decoder", true, "key 'is_decoder' is true"},
      {"quantization_config", {{"bits", 4}}, "key 'quantization_config'"},
      {"hidden_act", "gleu", "key 'hidden_act': unknown activation 'gleu' (did you mean 'gelu'?)"},
      {"num_attention_heads", 3,
       "'hidden_size' (8) is not a multiple of 'num_attention_heads' (3)"},
      {"num_hidden_layers", 0, "key 'num_hidden_layers' is 0"},
      {"vocab_size", "many", "key 'vocab_size' is \"many\", expected an integer"},
      {"max_position_embeddings", INT64_MAX, "expected 1 to 16777216"},
  };
  for (const auto& [key, value, expected] : cases) {
    test::TinyModel tiny("bert");
    tiny.config[key] = value;
    const std::string error = error_of(tiny);
    EXPECT_THAT(error, HasSubstr("config.json: "));
    EXPECT_THAT(error, HasSubstr(expected));
  }
}

}  // namespace
}  // namespace quantbench::model
