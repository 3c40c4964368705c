#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

// Relu and Clip after a quantized operator: an asymmetric map of their output cannot express what
// they cut off, so that quantization does their work and they go:
//
//   MatMul -> Relu -> y    =>    MatMul -> Q(y) -> DQ
//
// They stay where something else reads their input: its map then covers what they cut off.
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
    if (writer.options().activation_symmetric) return "a symmetric map does not do its work";
    if (!writer.has_one_reader(node.input(0))) return "something else reads its input";
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
