// Before   X, W (constant), bias -> Conv -> Y
// After    X -> DynamicQuantizeLinear -> X8, X_scale, X_zero_point
//          X8, W8, X_zero_point, W_zero_point -> ConvInteger -> Cast -> Mul -> Add -> Y
//          X_scale, W_scale -> Mul ------------------------------------^      ^
//          bias -> Reshape [1, -1, 1, ...] -----------------------------------/

#include "quantbench/quantize/dynamic_operator.h"

namespace quantbench::quantize {

namespace {

class DynamicConv : public DynamicOperator {
 public:
  int fewest_inputs() const override { return 2; }

  std::string reason_to_leave(const DynamicRewriter& rewriter,
                              const onnx::NodeProto& node) const override {
    for (const std::string& input : {node.input(0), node.input(1)}) {
      if (std::string why = rewriter.obstacle_to_weight(input); !why.empty()) return why;
    }
    if (!rewriter.is_weight(node.input(1))) return "its weight is not a constant";
    return {};
  }

  /// ConvInteger has one scale for the whole weight.
  std::vector<WeightUse> weights(const DynamicRewriter& rewriter,
                                 const onnx::NodeProto& node) const override {
    WeightScheme scheme = rewriter.weight_scheme(node.input(1));
    scheme.axis.reset();
    return {{node.input(1), scheme}};
  }

  void rewrite(DynamicRewriter& rewriter, const onnx::NodeProto& node) const override {
    const QuantizedValue x = rewriter.quantized(node.input(0));
    const QuantizedValue w = rewriter.quantized(node.input(1));
    onnx::NodeProto convolution =
        graph::make_node("ConvInteger", {x.values, w.values, x.zero_point, w.zero_point}, {}, {});
    *convolution.mutable_attribute() = node.attribute();
    const std::string& output = node.output(0);
    const bool has_bias = node.input_size() > 2 && !node.input(2).empty();
    const std::string product = has_bias ? rewriter.name(output + "quant_scaled_output") : output;
    rewriter.add_scaled(std::move(convolution), node, x, w, product);
    if (!has_bias) return;
    const std::string shape = rewriter.name(output + "_bias_reshape_shape");
    const std::string bias = rewriter.name(output + "_bias_reshape_output");
    const std::size_t rank = rewriter.model().find_initializer(node.input(1))->shape.size();
    std::vector<std::int64_t> dimensions(rank, 1);
    if (rank > 1) dimensions[1] = -1;
    rewriter.add_constant(
        graph::Initializer::make(shape, {static_cast<std::int64_t>(rank)}, std::move(dimensions)));
    rewriter.add(graph::make_node("Reshape", {node.input(2), shape}, {bias}, {}));
    rewriter.add(
        graph::make_node("Add", {product, bias}, {output}, rewriter.name(output + "_bias_add")));
  }
};

}  // namespace

void register_conv(DynamicOperatorRegistry& registry) {
  registry.add("Conv", std::make_unique<DynamicConv>());
}

}  // namespace quantbench::quantize
