// Before   X, W (constant), bias, mask, past -> Attention -> outputs
// After    X -> DynamicQuantizeLinear -> X8, X_scale, X_zero_point
//          X8, W8, bias, X_scale, W_scale, mask, X_zero_point, W_zero_point, past -> QAttention
// Both operators are of ONNX Runtime (docs/ContribOperators.md); graph optimization fuses them.

#include "quantbench/quantize/dynamic_operator.h"

namespace quantbench::quantize {

namespace {

class DynamicAttention : public DynamicOperator {
 public:
  std::string domain() const override { return "com.microsoft"; }

  int fewest_inputs() const override { return 2; }

  std::string reason_to_leave(const DynamicRewriter& rewriter,
                              const onnx::NodeProto& node) const override {
    if (node.input_size() < 3 || node.input(2).empty()) return "it has no bias";
    if (!rewriter.is_weight(node.input(1))) return "its weight is not a float32 constant";
    if (graph::find_attribute(node, "qkv_hidden_sizes") != nullptr) {
      return "QAttention has no qkv_hidden_sizes";
    }
    for (int i = 5; i < node.input_size(); ++i) {
      if (!node.input(i).empty()) return "QAttention has no place for its later inputs";
    }
    return {};
  }

  std::vector<WeightUse> weights(const DynamicRewriter& rewriter,
                                 const onnx::NodeProto& node) const override {
    return {{node.input(1), rewriter.weight_scheme(node.input(1))}};
  }

  void rewrite(DynamicRewriter& rewriter, const onnx::NodeProto& node) const override {
    const QuantizedValue x = rewriter.quantized(node.input(0));
    const QuantizedValue w = rewriter.quantized(node.input(1));
    const auto optional = [&](int i) { return i < node.input_size() ? node.input(i) : ""; };
    onnx::NodeProto attention =
        graph::make_node("QAttention",
                         {x.values, w.values, node.input(2), x.scale, w.scale, optional(3),
                          x.zero_point, w.zero_point, optional(4)},
                         {}, rewriter.node_name(node, "_quant"), domain());
    *attention.mutable_output() = node.output();
    *attention.mutable_attribute() = node.attribute();
    rewriter.add(std::move(attention));
  }
};

}  // namespace

void register_attention(DynamicOperatorRegistry& registry) {
  registry.add("Attention", std::make_unique<DynamicAttention>());
}

}  // namespace quantbench::quantize
