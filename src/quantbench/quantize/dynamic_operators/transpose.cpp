// Before   X8 (u8) -> DequantizeLinear -> X -> Transpose -> Y
// After    X8 -> Transpose -> Y8, with the scale and zero point of X8
// A tensor that is not in eight bits already is transposed in float.

#include "quantbench/quantize/dynamic_operator.h"

namespace quantbench::quantize {

namespace {

class DynamicTranspose : public DynamicOperator {
 public:
  int fewest_inputs() const override { return 1; }

  std::string reason_to_leave(const DynamicRewriter& rewriter,
                              const onnx::NodeProto& node) const override {
    const QuantizedValue* input = rewriter.find_quantized(node.input(0));
    if (input == nullptr) return "its input is not quantized";
    return input->per_channel ? "its input is quantized per channel" : "";
  }

  std::vector<WeightUse> weights(const DynamicRewriter&, const onnx::NodeProto&) const override {
    return {};
  }

  void rewrite(DynamicRewriter& rewriter, const onnx::NodeProto& node) const override {
    rewriter.move_quantized(node);
  }
};

}  // namespace

void register_transpose(DynamicOperatorRegistry& registry) {
  registry.add("Transpose", std::make_unique<DynamicTranspose>());
}

}  // namespace quantbench::quantize
