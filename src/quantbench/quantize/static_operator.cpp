#include "quantbench/quantize/static_operator.h"

#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"

namespace quantbench::quantize {

std::string StaticOperator::obstacle_to_fusion(const onnx::NodeProto& /*node*/) const { return {}; }

std::string StaticOperator::write(QOperatorWriter& /*writer*/,
                                  const onnx::NodeProto& /*node*/) const {
  return "it has no integer form (QOperator)";
}

std::string obstacle_to_fusion(const onnx::NodeProto& node) {
  if (!node.domain().empty() || node.input_size() == 0 || node.output_size() == 0) return {};
  const StaticOperator* kind = static_operators().find(node.op_type());
  return kind == nullptr ? std::string() : kind->obstacle_to_fusion(node);
}

std::string AllTensors::mark(QdqMarker& marker, onnx::NodeProto& node) const {
  return marker.all_of(node);
}

std::string PassThrough::mark(QdqMarker& marker, onnx::NodeProto& node) const {
  return marker.pass_through(node);
}

std::string PassThrough::write(QOperatorWriter& writer, const onnx::NodeProto& node) const {
  const std::string& input = node.input(0);
  if (writer.find(input) == nullptr) {
    if (!writer.options().force_quantize_no_input_check) {
      return "it only moves values, and its input is not quantized";
    }
    if (std::string why = writer.obstacle({input}); !why.empty()) return why;
  }
  write_on_integers(writer, node);
  return "";
}

std::string Linear::write(QOperatorWriter& writer, const onnx::NodeProto& node) const {
  return write_linear(writer, node, inputs_);
}

std::string write_linear(QOperatorWriter& writer, const onnx::NodeProto& node, int inputs) {
  std::vector<std::string> tensors(node.input().begin(), node.input().begin() + inputs);
  if (!writer.is_float(tensors.front())) return "its input is not float32";
  if (std::string why = writer.obstacle(tensors, node.output(0)); !why.empty()) return why;
  writer.emit_linear(node, tensors);
  return "";
}

void write_on_integers(QOperatorWriter& writer, const onnx::NodeProto& node) {
  IntegerTensor integers = writer.activation(node.input(0));
  onnx::NodeProto integer_node = node;
  integer_node.set_input(0, integers.values);
  integers.values = writer.derived(node.output(0));
  integer_node.set_output(0, integers.values);
  writer.emit(std::move(integer_node));
  writer.set(node.output(0), std::move(integers));
}

}  // namespace quantbench::quantize
