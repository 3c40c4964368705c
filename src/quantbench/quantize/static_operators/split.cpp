#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

// Cutting a tensor up: every part has the whole's map.
class StaticSplit : public StaticOperator {
 public:
  std::string mark(QdqMarker& marker, onnx::NodeProto& node) const override {
    const std::string& input = node.input(0);
    if (!marker.is_marked(input) && !marker.activation(input)) {
      return marker.obstacle(input, "its input is not float32");
    }
    if (marker.marks_outputs(node)) {
      for (const std::string& output : node.output()) marker.like_input(output, input);
    }
    return "";
  }

  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    if (!writer.is_float(node.input(0))) return "its input is not float32";
    if (std::string why = writer.obstacle({node.input(0)}); !why.empty()) return why;
    const IntegerTensor x = writer.activation(node.input(0));
    std::vector<std::string> inputs(node.input().begin(), node.input().end());
    inputs.front() = x.values;
    std::vector<std::string> outputs;
    for (const std::string& output : node.output()) {
      outputs.push_back(output.empty() ? "" : writer.derived(output, "quantized"));
    }
    writer.emit(QOperatorWriter::integer_node(node, "Split", inputs, outputs, node.domain()));
    for (int i = 0; i < node.output_size(); ++i) {
      if (node.output(i).empty()) continue;
      writer.set(node.output(i), {outputs[static_cast<std::size_t>(i)], x.scale, x.zero_point});
    }
    return "";
  }
};

}  // namespace

void register_split(StaticOperatorRegistry& registry) {
  registry.add("Split", std::make_unique<StaticSplit>());
}

}  // namespace quantbench::quantize
