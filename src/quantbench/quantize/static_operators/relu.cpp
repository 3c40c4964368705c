#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

// Relu and Clip after a quantized operator. An asymmetric quantization of the output cannot express
// the values that they cut off, so it has the same effect and they are removed:
//
//   MatMul -> Relu -> y    =>    MatMul -> Q(y) -> DQ
//
// They stay if their input has another reader: its scale then covers the values that they cut off.
class Removable : public StaticOperator {
 public:
  std::string mark(QdqMarker& marker, onnx::NodeProto& node) const override {
    if (!marker.is_marked(node.input(0))) return "its input is not quantized";
    const std::string output = node.output(0);
    const bool removable =
        !marker.options().activation_symmetric && !marker.options().keep_removable_activations;
    if (!removable || !marker.absorb(node)) marker.activation(node.input(0));
    if (marker.marks_outputs(node)) marker.activation(output);
    return "";
  }

  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    const IntegerTensor* input = writer.find(node.input(0));
    if (input == nullptr) return "its input is not quantized";
    if (writer.options().activation_symmetric)
      return "a symmetric output does not have the same effect";
    if (!writer.has_one_reader(node.input(0))) return "its input has another reader";
    writer.set(node.output(0), IntegerTensor(*input));
    return "";
  }
};

}  // namespace

void register_relu(StaticOperatorRegistry& registry) {
  registry.add("Relu", std::make_unique<Removable>());
  registry.add("Clip", std::make_unique<Removable>());
}

}  // namespace quantbench::quantize
