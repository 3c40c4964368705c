// Before   ids, segments, three tables, gamma, beta (constants), mask -> EmbedLayerNormalization
// After    the same with constants in u8, then their scales, then their zero points
//          -> QEmbedLayerNormalization
// Both operators are of ONNX Runtime (docs/ContribOperators.md); graph optimization fuses them.

#include "quantbench/quantize/dynamic_operator.h"

namespace quantbench::quantize {

namespace {

constexpr int kFirstConstant = 2;  // word embedding
constexpr int kLastConstant = 6;   // beta
constexpr int kSegmentTable = 4;
constexpr int kMask = 7;

class DynamicEmbedLayerNormalization : public DynamicOperator {
 public:
  std::string domain() const override { return "com.microsoft"; }

  int fewest_inputs() const override { return kLastConstant + 1; }

  std::string reason_to_leave(const DynamicRewriter& rewriter,
                              const onnx::NodeProto& node) const override {
    if (node.output_size() > 2) return "it has a third output";
    for (int i = kFirstConstant; i <= kLastConstant; ++i) {
      if (i == kSegmentTable && node.input(i).empty()) continue;
      if (!rewriter.is_weight(node.input(i))) return "its tables are not float32 constants";
    }
    for (int i = kMask + 1; i < node.input_size(); ++i) {
      if (!node.input(i).empty()) return "it reads position ids";
    }
    return {};
  }

  std::vector<WeightUse> weights(const DynamicRewriter&,
                                 const onnx::NodeProto& node) const override {
    std::vector<WeightUse> uses;
    for (int i = kFirstConstant; i <= kLastConstant; ++i) {
      if (node.input(i).empty()) continue;
      uses.push_back({node.input(i), DynamicRewriter::activation_scheme()});
    }
    return uses;
  }

  void rewrite(DynamicRewriter& rewriter, const onnx::NodeProto& node) const override {
    onnx::NodeProto embed =
        graph::make_node("QEmbedLayerNormalization", {node.input(0), node.input(1)}, {},
                         rewriter.node_name(node, "_quant"), domain());
    std::vector<QuantizedValue> constants;
    for (int i = kFirstConstant; i <= kLastConstant; ++i) {
      constants.push_back(rewriter.quantized(node.input(i)));
    }
    for (const auto& constant : constants) embed.add_input(constant.values);
    embed.add_input(node.input_size() > kMask ? node.input(kMask) : "");
    for (const auto& constant : constants) embed.add_input(constant.scale);
    for (const auto& constant : constants) embed.add_input(constant.zero_point);
    *embed.mutable_output() = node.output();
    *embed.mutable_attribute() = node.attribute();
    rewriter.add(std::move(embed));
  }
};

}  // namespace

void register_embed_layer_normalization(DynamicOperatorRegistry& registry) {
  registry.add("EmbedLayerNormalization", std::make_unique<DynamicEmbedLayerNormalization>());
}

}  // namespace quantbench::quantize
