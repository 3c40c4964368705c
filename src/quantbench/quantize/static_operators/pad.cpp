#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

std::string mode_of(const onnx::NodeProto& node) {
  const onnx::AttributeProto* mode = graph::find_attribute(node, "mode");
  return mode == nullptr ? "constant" : mode->s();
}

// Adds values at the borders of a tensor. The output has the input's scale if the added values are
// zero or values of the input. QOperator: the same node on the input's integers, padded with the
// zero point.
class StaticPad : public StaticOperator {
 public:
  std::string mark(QdqMarker& marker, onnx::NodeProto& node) const override {
    bool any = false;
    for (const std::string& input : node.input()) any |= marker.activation(input);
    if (!any) return marker.obstacle(node.input(0), "it has no float32 tensor");
    if (marker.marks_outputs(node)) {
      if (adds_nothing_new(marker, node)) {
        marker.like_input(node.output(0), node.input(0));
      } else {
        marker.activation(node.output(0));
      }
    }
    return "";
  }

  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    constexpr std::int64_t kValueIsInput = 11;
    if (writer.opset() < kValueIsInput) return "Pad does not accept integers before opset 11";
    if (writer.find(node.input(0)) == nullptr) {
      return "it only moves values, and its input is not quantized";
    }
    IntegerTensor integers = *writer.find(node.input(0));
    if (!holds_padding(writer, node, integers))
      return "its input's range does not hold the padding";
    onnx::NodeProto integer_node = node;
    integer_node.set_input(0, integers.values);
    if (mode_of(node) == "constant") {
      while (integer_node.input_size() < 3) integer_node.add_input("");
      const std::string& value = node.input_size() > 2 ? node.input(2) : "";
      integer_node.set_input(
          2, value.empty() ? integers.zero_point : writer.quantize_like(value, integers));
    }
    integers.values = writer.derived(node.output(0));
    integer_node.set_output(0, integers.values);
    writer.emit(std::move(integer_node));
    writer.set(node.output(0), std::move(integers));
    return "";
  }

 private:
  /// Whether the number that it adds is within the input's range, to half a step.
  static bool holds_padding(const QOperatorWriter& writer, const onnx::NodeProto& node,
                            const IntegerTensor& input) {
    if (mode_of(node) != "constant" || node.input_size() < 3 || node.input(2).empty()) return true;
    const graph::Initializer* value = writer.constant(node.input(2));
    const bool known =
        value != nullptr && value->type == onnx::TensorProto::FLOAT && value->element_count() == 1;
    return !known || writer.holds(input, value->values<float>()[0]);
  }

  static bool adds_nothing_new(const QdqMarker& marker, const onnx::NodeProto& node) {
    const std::string mode = mode_of(node);
    if (mode != "constant") return mode == "reflect" || mode == "edge" || mode == "wrap";
    constexpr std::int64_t kValueIsInput = 11;
    if (marker.opset() < kValueIsInput) return graph::float_attribute(node, "value", 0) == 0;
    if (node.input_size() < 3 || node.input(2).empty()) return true;
    const graph::Initializer* value = marker.model().find_initializer(node.input(2));
    if (value == nullptr || value->type != onnx::TensorProto::FLOAT) return false;
    return value->element_count() == 1 && value->values<float>()[0] == 0;
  }
};

}  // namespace

void register_pad(StaticOperatorRegistry& registry) {
  registry.add("Pad", std::make_unique<StaticPad>());
}

}  // namespace quantbench::quantize
