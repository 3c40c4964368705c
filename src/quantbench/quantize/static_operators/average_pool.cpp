#include <algorithm>

#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

// Mean of a window. QDQ: the output has the input's scale, because means lie between the values.
// QOperator: QLinearAveragePool of com.microsoft, with the output's own scale.
class StaticAveragePool : public PassThrough {
 public:
  std::string obstacle_to_fusion(const onnx::NodeProto& node) const override {
    const onnx::AttributeProto* dilations = graph::find_attribute(node, kDilations);
    const bool dilated =
        dilations != nullptr &&
        std::ranges::any_of(dilations->ints(), [](auto size) { return size != 1; });
    return dilated ? "QLinearAveragePool has no dilations" : "";
  }

  std::string mark(QdqMarker& marker, onnx::NodeProto& node) const override {
    std::string why = obstacle_to_fusion(node);
    return why.empty() ? PassThrough::mark(marker, node) : why;
  }

  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    if (std::string why = obstacle_to_fusion(node); !why.empty()) return why;
    if (graph::find_attribute(node, kDilations) == nullptr) return write_linear(writer, node, 1);
    onnx::NodeProto plain = node;
    auto& attributes = *plain.mutable_attribute();
    for (int i = attributes.size() - 1; i >= 0; --i) {
      if (attributes[i].name() == kDilations) attributes.DeleteSubrange(i, 1);
    }
    return write_linear(writer, plain, 1);
  }

 private:
  static constexpr const char* kDilations = "dilations";
};

// Mean of all values. QOperator: only after a quantized input.
class StaticGlobalAveragePool : public AllTensors {
 public:
  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    const IntegerTensor* input = writer.find(node.input(0));
    if (input == nullptr) return "its input is not quantized";
    onnx::NodeProto channels_first = node;
    graph::set_attribute(channels_first, "channels_last", 0);
    if (writer.obstacle({}, node.output(0)).empty()) {
      writer.emit_linear(channels_first, {node.input(0)});
      return "";
    }
    // Without a range of its own, the output uses the input's scale.
    IntegerTensor y = *input;
    y.values = writer.derived(node.output(0));
    writer.emit(QOperatorWriter::integer_node(
        channels_first, "QLinearGlobalAveragePool",
        {input->values, input->scale, input->zero_point, y.scale, y.zero_point}, {y.values}));
    writer.set(node.output(0), std::move(y));
    return "";
  }
};

}  // namespace

void register_average_pool(StaticOperatorRegistry& registry) {
  registry.add("AveragePool", std::make_unique<StaticAveragePool>());
  registry.add("GlobalAveragePool", std::make_unique<StaticGlobalAveragePool>());
}

}  // namespace quantbench::quantize
