#include <algorithm>
#include <array>

#include "quantbench/quantize/pattern.h"

namespace quantbench::quantize {

namespace {

// Attention, from the product of queries and keys to the product with the values. All nodes marked
// * stay in float; scaling and mask may be missing, or be other operators that work on each
// element:
//
//   q ---> MatMul* -> Div* -> Add* -> Softmax* -> MatMul* ->
//   k -----^           ^      ^                    ^
//                    scale   mask                  v
//
// Both MatMuls multiply two activations. A Softmax over the classes of a model is not preceded by
// such a product, so it does not match.
class AttentionPattern : public Pattern {
 public:
  std::string summary() const override {
    return "a MatMul of two activations, a Softmax and another such MatMul in a row";
  }

  std::vector<std::string> operators() const override { return {"MatMul", "Softmax"}; }

  std::vector<std::string> fused_forms() const override {
    return {"Attention", "MultiHeadAttention", "GroupQueryAttention"};
  }

  std::vector<Occurrence> find(const graph::Index& index) const override {
    std::vector<Occurrence> found;
    for (const onnx::NodeProto& node : index.graph().node()) {
      Occurrence path = {&node};
      if (is_product(index, node) && climb(index, node, Below::kSoftmax, path)) {
        std::ranges::reverse(path);
        found.push_back(std::move(path));
      }
    }
    return found;
  }

 private:
  /// What is looked for next on the way up.
  enum class Below { kSoftmax, kScores };

  static bool is_product(const graph::Index& index, const onnx::NodeProto& node) {
    return node.op_type() == "MatMul" && std::ranges::all_of(node.input(), [&](const auto& input) {
             return index.producer(input) != nullptr || index.is_graph_input(input);
           });
  }

  static bool passes(const std::string& op_type, Below wanted) {
    constexpr std::array<std::string_view, 7> kProbabilities = {
        "Cast", "Dropout", "Identity", "Mul", "Reshape", "Transpose", "Where"};
    constexpr std::array<std::string_view, 13> kScores = {
        "Add", "Cast",    "Clip", "Div",  "Expand", "Identity", "Max",
        "Mul", "Reshape", "Sub",  "Tanh", "Where",  "Unsqueeze"};
    return wanted == Below::kSoftmax
               ? std::ranges::find(kProbabilities, op_type) != kProbabilities.end()
               : std::ranges::find(kScores, op_type) != kScores.end();
  }

  /// Adds the nodes above `node`, up to the product that makes the scores.
  static bool climb(const graph::Index& index, const onnx::NodeProto& node, Below wanted,
                    Occurrence& path) {
    for (const std::string& input : node.input()) {
      const onnx::NodeProto* above = index.producer(input);
      if (above == nullptr) continue;
      const bool at_softmax = wanted == Below::kSoftmax && above->op_type() == "Softmax";
      const bool at_scores = wanted == Below::kScores && is_product(index, *above);
      if (!at_softmax && !at_scores && !passes(above->op_type(), wanted)) continue;
      path.push_back(above);
      if (at_scores || climb(index, *above, at_softmax ? Below::kScores : wanted, path)) {
        return true;
      }
      path.pop_back();
    }
    return false;
  }
};

}  // namespace

void register_attention(PatternRegistry& registry) {
  registry.add("attention", std::make_unique<AttentionPattern>());
}

}  // namespace quantbench::quantize
