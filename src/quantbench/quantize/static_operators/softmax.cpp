#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

// Softmax. Its output is always in [0, 1] (see adjusted_ranges). QOperator: QLinearSoftmax of
// com.microsoft, with the output scale 1/256 that its kernel needs.
class StaticSoftmax : public AllTensors {
 public:
  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    if (!writer.is_float(node.input(0))) return "its input is not float32";
    if (std::string why = writer.obstacle({node.input(0)}, node.output(0)); !why.empty()) {
      return why;
    }
    onnx::NodeProto versioned = node;
    // The operator is in com.microsoft, but its axis has the meaning of the default domain.
    graph::set_attribute(versioned, "opset", writer.opset());
    const std::int32_t zero_point =
        writer.options().activation_type == QuantType::kUInt8 ? 0 : -128;
    writer.emit_linear(versioned, {node.input(0)}, Affine{1.0F / 256, zero_point});
    return "";
  }
};

}  // namespace

void register_softmax(StaticOperatorRegistry& registry) {
  registry.add("Softmax", std::make_unique<StaticSoftmax>());
}

}  // namespace quantbench::quantize
