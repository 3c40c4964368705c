#include "quantbench/graph/edit.h"
#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

std::int64_t channel_axis_of(const onnx::NodeProto& node) {
  return graph::int_attribute(node, "transB", 0) > 0 ? 0 : 1;
}

GemmFactors factors_of(const onnx::NodeProto& node) {
  return {graph::float_attribute(node, "alpha", 1), graph::float_attribute(node, "beta", 1)};
}

// QDQ. The constant bias becomes int32 and includes beta, which is then 1:
//
//   Gemm(x, W, b)    =>    Gemm(DQ(Q(x)), DQ(W_quantized), DQ(b_quantized)) -> Q -> DQ
//
// QOperator: QGemm of com.microsoft.
class StaticGemm : public StaticOperator {
 public:
  int fewest_inputs() const override { return 2; }

  std::string mark(QdqMarker& marker, onnx::NodeProto& node) const override {
    if (!marker.activation(node.input(0))) {
      return marker.obstacle(node.input(0), "its input is not float32");
    }
    if (marker.marks_outputs(node)) marker.activation(node.output(0));
    marker.weight(node.input(1), marker.channel_axis(node.input(1), channel_axis_of(node)));
    if (node.input_size() == 3 && marker.is_constant(node.input(2))) {
      marker.bias(node, node.input(2), node.input(0), node.input(1), factors_of(node));
    }
    return "";
  }

  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    const std::string& input = node.input(0);
    const std::string& weight = node.input(1);
    if (std::string why = writer.obstacle_to_product(node); !why.empty()) return why;
    const bool biased = node.input_size() == 3 && !node.input(2).empty();
    const bool per_channel = writer.options().per_channel && writer.is_constant(weight);
    const IntegerTensor x = writer.activation(input);
    const IntegerTensor w =
        writer.weight(weight, writer.options().reduce_range,
                      per_channel ? std::optional(channel_axis_of(node)) : std::nullopt);
    const std::optional<std::string> bias =
        biased ? writer.bias(node.input(2), input, weight, factors_of(node)) : std::string();
    if (!bias) return "its bias has no scale that fits";
    IntegerTensor y = writer.output(node.output(0));
    onnx::NodeProto integer_node =
        QOperatorWriter::integer_node(node, "QGemm",
                                      {x.values, x.scale, x.zero_point, w.values, w.scale,
                                       w.zero_point, *bias, y.scale, y.zero_point},
                                      {y.values});
    auto& attributes = *integer_node.mutable_attribute();
    for (int i = attributes.size() - 1; i >= 0; --i) {
      if (attributes[i].name() == "beta") attributes.DeleteSubrange(i, 1);  // the bias includes it
    }
    writer.emit(std::move(integer_node));
    writer.set(node.output(0), std::move(y));
    return "";
  }
};

}  // namespace

void register_gemm(StaticOperatorRegistry& registry) {
  registry.add("Gemm", std::make_unique<StaticGemm>());
}

}  // namespace quantbench::quantize
