#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

// Position of the maximum. Integers have the same order as reals, so the integers are enough. QDQ:
// a pair on the input.
class StaticArgMax : public AllTensors {
 public:
  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    const IntegerTensor* input = writer.find(node.input(0));
    if (input == nullptr) return "its input is not quantized";
    onnx::NodeProto integer_node = node;
    integer_node.set_input(0, input->values);
    writer.emit(std::move(integer_node));
    return "";
  }
};

}  // namespace

void register_arg_max(StaticOperatorRegistry& registry) {
  registry.add("ArgMax", std::make_unique<StaticArgMax>());
}

}  // namespace quantbench::quantize
