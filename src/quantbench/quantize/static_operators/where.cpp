#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

// Choosing between two tensors. Quantized where both already are, or on demand
// (force_quantize_no_input_check); QOperator: on demand only, QLinearWhere of com.microsoft.
class StaticWhere : public StaticOperator {
 public:
  int fewest_inputs() const override { return 3; }

  std::string mark(QdqMarker& marker, onnx::NodeProto& node) const override {
    if (marker.options().force_quantize_no_input_check) {
      if (!marker.activation(node.input(1)) || !marker.activation(node.input(2))) {
        return "its inputs are not float32";
      }
    } else if (!marker.is_marked(node.input(1)) || !marker.is_marked(node.input(2))) {
      return "its inputs are not both quantized";
    }
    if (!marker.marks_outputs(node)) return marker.float_outputs();
    return marker.activation(node.output(0))
               ? ""
               : marker.obstacle(node.output(0), "its output is not float32");
  }

  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    if (!writer.options().force_quantize_no_input_check) return "it only moves values";
    if (!writer.is_float(node.input(1))) return "its inputs are not float32";
    if (std::string why = writer.obstacle({node.input(1), node.input(2)}, node.output(0));
        !why.empty()) {
      return why;
    }
    const IntegerTensor x = writer.activation(node.input(1));
    const IntegerTensor y = writer.activation(node.input(2));
    IntegerTensor z = writer.output(node.output(0));
    writer.emit(
        QOperatorWriter::integer_node(node, "QLinearWhere",
                                      {node.input(0), x.values, x.scale, x.zero_point, y.values,
                                       y.scale, y.zero_point, z.scale, z.zero_point},
                                      {z.values}));
    writer.set(node.output(0), std::move(z));
    return "";
  }
};

}  // namespace

void register_where(StaticOperatorRegistry& registry) {
  registry.add("Where", std::make_unique<StaticWhere>());
}

}  // namespace quantbench::quantize
