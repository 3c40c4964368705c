#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

// Joins tensors with different scales; the output has its own scale. QOperator: QLinearConcat of
// com.microsoft, whose inputs start with the output's scale.
class StaticConcat : public AllTensors {
 public:
  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    if (!writer.is_float(node.input(0))) return "its inputs are not float32";
    if (std::string why =
            writer.obstacle({node.input().begin(), node.input().end()}, node.output(0));
        !why.empty()) {
      return why;
    }
    IntegerTensor y = writer.output(node.output(0));
    std::vector<std::string> inputs = {y.scale, y.zero_point};
    for (const std::string& input : node.input()) {
      const IntegerTensor x = writer.activation(input);
      inputs.insert(inputs.end(), {x.values, x.scale, x.zero_point});
    }
    writer.emit(QOperatorWriter::integer_node(node, "QLinearConcat", inputs, {y.values}));
    writer.set(node.output(0), std::move(y));
    return "";
  }
};

}  // namespace

void register_concat(StaticOperatorRegistry& registry) {
  registry.add("Concat", std::make_unique<StaticConcat>());
}

}  // namespace quantbench::quantize
