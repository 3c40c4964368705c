// Before   table (constant), ids -> Gather -> Y
// After    table8 (u8), ids -> Gather -> Y8;  Y8, scale, zero point -> DequantizeLinear -> Y
//          with the DequantizeLinear only where a node in float reads Y.

#include "quantbench/quantize/dynamic_operator.h"

namespace quantbench::quantize {

namespace {

class DynamicGather : public DynamicOperator {
 public:
  int fewest_inputs() const override { return 2; }

  std::string reason_to_leave(const DynamicRewriter& rewriter,
                              const onnx::NodeProto& node) const override {
    if (std::string why = rewriter.obstacle_to_weight(node.input(0)); !why.empty()) return why;
    if (!rewriter.is_weight(node.input(0))) return "its table is not a constant";
    const QuantizedValue* table = rewriter.find_quantized(node.input(0));
    if (table != nullptr && table->per_channel) {
      return "its table is quantized per channel for another node";
    }
    return {};
  }

  std::vector<WeightUse> weights(const DynamicRewriter&,
                                 const onnx::NodeProto& node) const override {
    return {{node.input(0), DynamicRewriter::activation_scheme()}};
  }

  void rewrite(DynamicRewriter& rewriter, const onnx::NodeProto& node) const override {
    rewriter.move_quantized(node);
  }
};

}  // namespace

void register_gather(DynamicOperatorRegistry& registry) {
  registry.add("Gather", std::make_unique<DynamicGather>());
}

}  // namespace quantbench::quantize
