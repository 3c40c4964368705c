#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

// Position of the greatest value: the order of integers is that of the reals, so that the integers
// serve. QDQ: a pair on the input.
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
