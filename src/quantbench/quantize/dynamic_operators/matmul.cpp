// Before   A (float), B (constant) -> MatMul -> Y
// After    A -> DynamicQuantizeLinear -> A8 (u8), A_scale, A_zero_point
//          A8, B8 (s8), A_zero_point, B_zero_point -> MatMulInteger -> Cast -> Mul -> Y
//          A_scale, B_scale -> Mul -----------------------------------------^

#include "quantbench/quantize/dynamic_operator.h"

namespace quantbench::quantize {

namespace {

class DynamicMatMul : public DynamicOperator {
 public:
  int fewest_inputs() const override { return 2; }

  std::string reason_to_leave(const DynamicRewriter& rewriter,
                              const onnx::NodeProto& node) const override {
    for (const std::string& input : node.input()) {
      if (std::string why = rewriter.obstacle_to_weight(input); !why.empty()) return why;
    }
    if (rewriter.is_weight(node.input(1))) return {};
    if (rewriter.options().matmul_const_b_only) {
      return rewriter.is_weight(node.input(0)) ? "its second input is not a constant"
                                               : "both inputs are activations";
    }
    if (!rewriter.is_float(node.input(0)) && !rewriter.is_float(node.input(1))) return kNotFloat;
    return {};
  }

  std::vector<WeightUse> weights(const DynamicRewriter& rewriter,
                                 const onnx::NodeProto& node) const override {
    std::vector<WeightUse> uses;
    if (rewriter.is_weight(node.input(0))) {
      uses.push_back({node.input(0), DynamicRewriter::activation_scheme()});
    }
    if (rewriter.is_weight(node.input(1))) {
      uses.push_back({node.input(1), rewriter.weight_scheme(node.input(1))});
    }
    return uses;
  }

  void rewrite(DynamicRewriter& rewriter, const onnx::NodeProto& node) const override {
    const QuantizedValue a = rewriter.quantized(node.input(0));
    const QuantizedValue b = rewriter.quantized(node.input(1));
    rewriter.add_scaled(
        graph::make_node("MatMulInteger", {a.values, b.values, a.zero_point, b.zero_point}, {}, {}),
        node, a, b, node.output(0));
  }

 private:
  static constexpr const char* kNotFloat = "its inputs are not float32";
};

}  // namespace

void register_matmul(DynamicOperatorRegistry& registry) {
  registry.add("MatMul", std::make_unique<DynamicMatMul>());
}

}  // namespace quantbench::quantize
