#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

// QDQ. Channels are the output channels. The constant bias becomes int32:
//
//   Conv(x, W, b)    =>    Conv(DQ(Q(x)), DQ(W_quantized), DQ(b_quantized)) -> Q -> DQ
//
// QOperator: QLinearConv.
class StaticConv : public StaticOperator {
 public:
  explicit StaticConv(std::int64_t channel_axis) : channel_axis_(channel_axis) {}

  int fewest_inputs() const override { return 2; }

  std::string mark(QdqMarker& marker, onnx::NodeProto& node) const override {
    if (!marker.activation(node.input(0))) {
      return marker.obstacle(node.input(0), "its input is not float32");
    }
    if (marker.marks_outputs(node)) marker.activation(node.output(0));
    marker.weight(node.input(1), marker.channel_axis(node.input(1), channel_axis_));
    if (node.input_size() == 3) {
      marker.bias(node, node.input(2), node.input(0), node.input(1));
    }
    return "";
  }

  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    if (node.op_type() != "Conv") return StaticOperator::write(writer, node);
    const std::string& input = node.input(0);
    const std::string& weight = node.input(1);
    if (std::string why = writer.obstacle_to_product(node); !why.empty()) return why;
    const bool biased = node.input_size() == 3 && !node.input(2).empty();
    const IntegerTensor x = writer.activation(input);
    // QLinearConv needs channels with equal zero points, so s8 for any weight type.
    const bool per_channel = writer.options().per_channel && writer.is_constant(weight);
    const IntegerTensor w =
        per_channel ? writer.weight(weight, writer.options().reduce_range, 0, QuantType::kInt8)
                    : writer.weight(weight, writer.options().reduce_range, std::nullopt);
    const std::optional<std::string> bias =
        biased ? writer.bias(node.input(2), input, weight) : std::string();
    if (!bias) return "its bias has no scale that fits";
    IntegerTensor y = writer.output(node.output(0));
    std::vector<std::string> inputs = {x.values, x.scale,      x.zero_point, w.values,
                                       w.scale,  w.zero_point, y.scale,      y.zero_point};
    if (biased) inputs.push_back(*bias);
    writer.emit(QOperatorWriter::integer_node(node, "QLinearConv", inputs, {y.values}, ""));
    writer.set(node.output(0), std::move(y));
    return "";
  }

 private:
  std::int64_t channel_axis_;
};

}  // namespace

void register_conv(StaticOperatorRegistry& registry) {
  registry.add("Conv", std::make_unique<StaticConv>(0));
  registry.add("ConvTranspose", std::make_unique<StaticConv>(1));
}

}  // namespace quantbench::quantize
