#include "quantbench/quantize/exclusion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantbench/base/error.h"
#include "support/graph_text.h"

namespace quantbench::quantize {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using Names = std::vector<std::string>;

// One layer of BERT as exported in 2022, from the attention scores on.
onnx::GraphProto encoder_layer() {
  return test::graph_of({
      "emb = Add(words, types)",           // Add_0
      "scores = MatMul(q, k)",             // MatMul_1
      "scaled = Div(scores, root)",        // Div_2
      "masked = Add(scaled, mask)",        // Add_3
      "probs = Softmax(masked)",           // Softmax_4
      "context = MatMul(probs, v)",        // MatMul_5
      "dense = MatMul(context, w1)",       // MatMul_6
      "biased = Add(b1, dense)",           // Add_7
      "sum = Add(biased, emb)",            // Add_8
      "mean = ReduceMean(sum)",            // ReduceMean_9
      "centred = Sub(sum, mean)",          // Sub_10
      "squared = Pow(centred, two)",       // Pow_11
      "variance = ReduceMean(squared)",    // ReduceMean_12
      "padded = Add(variance, epsilon)",   // Add_13
      "deviation = Sqrt(padded)",          // Sqrt_14
      "normal = Div(centred, deviation)",  // Div_15
      "weighted = Mul(normal, gamma)",     // Mul_16
      "norm = Add(weighted, beta)",        // Add_17
      "up = MatMul(norm, w2)",             // MatMul_18
      "upped = Add(b2, up)",               // Add_19
      "shrunk = Div(upped, root2)",        // Div_20
      "erf = Erf(shrunk)",                 // Erf_21
      "raised = Add(erf, one)",            // Add_22
      "product = Mul(upped, raised)",      // Mul_23
      "gelu = Mul(product, half)",         // Mul_24
  });
}

TEST(Exclusions, layernorm_takes_the_whole_path_up_to_its_final_add) {
  const Exclusions found = resolve_exclusions(encoder_layer(), {"layernorm"});
  EXPECT_THAT(found.names(),
              UnorderedElementsAre("ReduceMean_9", "Sub_10", "Pow_11", "ReduceMean_12", "Add_13",
                                   "Sqrt_14", "Div_15", "Mul_16", "Add_17"));
  EXPECT_THAT(found.warnings, IsEmpty());
  EXPECT_THAT(found.counts, ElementsAre(std::pair<std::string, int>("layernorm", 9)));
}

TEST(Exclusions, gelu_takes_the_division_the_error_function_the_add_and_both_products) {
  const Exclusions found = resolve_exclusions(encoder_layer(), {"gelu"});
  EXPECT_THAT(found.names(),
              UnorderedElementsAre("Div_20", "Erf_21", "Add_22", "Mul_23", "Mul_24"));
}

TEST(Exclusions, residual_takes_each_add_fed_by_an_add) {
  EXPECT_THAT(resolve_exclusions(encoder_layer(), {"residual"}).names(), ElementsAre("Add_8"));
}

TEST(Exclusions, residual_takes_every_add_that_reads_the_same_add) {
  // The reference keeps only the last reader of each tensor, and so misses Add_1.
  const onnx::GraphProto graph =
      test::graph_of({"s = Add(a, b)", "x = Add(s, c)", "y = Add(s, d)"});
  EXPECT_THAT(resolve_exclusions(graph, {"residual"}).names(), ElementsAre("Add_1", "Add_2"));
}

TEST(Exclusions, softmax_takes_the_add_of_the_mask) {
  EXPECT_THAT(resolve_exclusions(encoder_layer(), {"softmax"}).names(), ElementsAre("Add_3"));
}

TEST(Exclusions, attention_takes_both_products_and_what_lies_between) {
  // In the layer above, queries, keys and values come from nowhere, hence could be weights.
  EXPECT_THAT(resolve_exclusions(encoder_layer(), {"attention"}).names(), IsEmpty());
  const onnx::GraphProto graph = test::graph_of({
      "q = Add(a, b)",                // Add_0
      "k = Transpose(q)",             // Transpose_1
      "v = MatMul(q, w)",             // MatMul_2
      "scores = MatMul(q, k)",        // MatMul_3
      "scaled = Mul(root, scores)",   // Mul_4
      "cut = Where(m, scaled, l)",    // Where_5
      "probs = Softmax(cut)",         // Softmax_6
      "some = Dropout(probs)",        // Dropout_7
      "context = MatMul(some, v)",    // MatMul_8
      "logits = MatMul(context, u)",  // MatMul_9
      "classes = Softmax(logits)",    // Softmax_10
      "y = MatMul(classes, v)",       // MatMul_11
  });
  EXPECT_THAT(
      resolve_exclusions(graph, {"attention"}).names(),
      UnorderedElementsAre("MatMul_3", "Mul_4", "Where_5", "Softmax_6", "Dropout_7", "MatMul_8"));
}

TEST(Exclusions, attention_says_why_there_is_none) {
  const onnx::GraphProto fused = test::graph_of({"y = Attention(x, w, b)"});
  EXPECT_THAT(resolve_exclusions(fused, {"attention"}).warnings,
              ElementsAre(HasSubstr("the graph has it as 1 Attention node(s)")));
  const onnx::GraphProto plain = test::graph_of({"s = MatMul(x, w)", "y = Softmax(s)"});
  EXPECT_THAT(resolve_exclusions(plain, {"attention"}).warnings,
              ElementsAre(HasSubstr("not a MatMul of two activations, a Softmax and another")));
}

TEST(Exclusions, gather_takes_the_add_of_two_embeddings) {
  const onnx::GraphProto graph = test::graph_of(
      {"w = Gather(words, ids)", "t = Gather(types, segments)", "e = Add(w, t)", "f = Add(e, p)"});
  EXPECT_THAT(resolve_exclusions(graph, {"gather"}).names(), ElementsAre("Add_2"));
}

TEST(Exclusions, the_patterns_of_residual_networks_take_the_add_and_the_relu) {
  const onnx::GraphProto graph = test::graph_of({"c = Conv(x, w)", "s = Add(c, x)", "r = Relu(s)",
                                                 "d = Conv(r, v)", "q = Relu(d)", "g = Add(q, q)"});
  EXPECT_THAT(resolve_exclusions(graph, {"residual-add-relu"}).names(), ElementsAre("Add_1"));
  EXPECT_THAT(resolve_exclusions(graph, {"residual-relu-conv"}).names(), ElementsAre("Relu_2"));
}

TEST(Exclusions, several_entries_add_up_and_the_first_owns_a_node) {
  const Exclusions found =
      resolve_exclusions(encoder_layer(), {"layernorm", "residual", "Add_17", "*_20"});
  EXPECT_EQ(found.nodes.at("Add_17"), "layernorm");
  EXPECT_EQ(found.nodes.at("Add_8"), "residual");
  EXPECT_EQ(found.nodes.at("Div_20"), "*_20");
  EXPECT_EQ(found.nodes.size(), 11U);
}

TEST(Exclusions, a_path_is_matched_whichever_way_round_its_sums_and_products_are_written) {
  const onnx::GraphProto graph = test::graph_of(
      {"d = Div(x, c)", "e = Erf(d)", "a = Add(one, e)", "m = Mul(a, x)", "y = Mul(half, m)"});
  EXPECT_EQ(resolve_exclusions(graph, {"gelu"}).nodes.size(), 5U);
}

TEST(Exclusions, a_broken_path_is_not_taken) {
  // The second mean is of the input, not of the squares: no variance, no normalization.
  onnx::GraphProto graph = encoder_layer();
  graph.mutable_node(12)->set_input(0, "sum");
  EXPECT_THAT(resolve_exclusions(graph, {"layernorm"}).names(), IsEmpty());
}

TEST(Exclusions, a_pattern_that_matches_nothing_warns_and_says_why) {
  const auto warning = [](const onnx::GraphProto& graph, const std::string& entry) {
    const Exclusions found = resolve_exclusions(graph, {entry});
    EXPECT_EQ(found.warnings.size(), 1U);
    return found.warnings.empty() ? std::string() : found.warnings.front();
  };
  EXPECT_EQ(warning(encoder_layer(), "residual-relu-conv"),
            "node_exclusion: pattern 'residual-relu-conv' matches nothing: the graph has no Relu");
  EXPECT_THAT(warning(test::graph_of({"r = Relu(x)", "a = Add(r, r)"}), "residual-add-relu"),
              HasSubstr("the graph has its operators, but not an Add that feeds a Relu"));
  EXPECT_THAT(warning(test::graph_of({"n = LayerNormalization(x, g, b)"}), "layernorm"),
              HasSubstr("1 LayerNormalization node(s)"));
  EXPECT_THAT(warning(encoder_layer(), "Conv_*"), HasSubstr("no node has such a name"));
}

TEST(Exclusions, an_unknown_entry_is_refused_with_the_nearest_name) {
  try {
    resolve_exclusions(encoder_layer(), {"layer_norm"});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "node_exclusion: 'layer_norm' is not a pattern or node name (did "
                 "you mean 'layernorm'?)");
  }
  EXPECT_THROW(resolve_exclusions(encoder_layer(), {"MatMul_180"}), Error);
}

TEST(Exclusions, matched_nodes_without_a_name_are_reported) {
  onnx::GraphProto graph = encoder_layer();
  graph.mutable_node(3)->clear_name();
  const Exclusions found = resolve_exclusions(graph, {"softmax"});
  EXPECT_THAT(found.names(), IsEmpty());
  EXPECT_THAT(found.warnings, ElementsAre(HasSubstr("1 node(s) without a name")));
}

TEST(Exclusions, a_layer_is_told_by_names_of_nodes_or_of_weights) {
  onnx::GraphProto graph = test::graph_of({
      "e = Add(x, embeddings.bias)",          // Add_0
      "a = MatMul(e, onnx::MatMul_10)",       // MatMul_1: its bias says layer 0
      "b = Add(encoder.layer.0.fc.bias, a)",  // Add_2
      "c = Add(b, e)",                        // Add_3: the latest producer is of layer 0
      "d = Mul(c, encoder.layer.1.gamma)",    // Mul_4
      "f = Relu(d)",                          // Relu_5: named below
      "g = MatMul(f, onnx::MatMul_11)",       // MatMul_6
      "h = Add(g, classifier.bias)",          // Add_7: the head is of no layer
  });
  graph.mutable_node(5)->set_name("/encoder/layer.2/act/Relu");
  EXPECT_THAT(resolve_exclusions(graph, {"layer:0"}).names(),
              UnorderedElementsAre("MatMul_1", "Add_2", "Add_3"));
  EXPECT_THAT(resolve_exclusions(graph, {"layer:1-2"}).names(),
              UnorderedElementsAre("Mul_4", "/encoder/layer.2/act/Relu"));
  EXPECT_THAT(resolve_exclusions(graph, {"layer:7"}).warnings,
              ElementsAre(HasSubstr("the last layer of the graph is 2")));
  EXPECT_THROW(resolve_exclusions(graph, {"layer:2-1"}), Error);
  EXPECT_THROW(resolve_exclusions(graph, {"layer:one"}), Error);
}

}  // namespace
}  // namespace quantbench::quantize
