#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

// Normalizations with a scale and a bias. QDQ: the scale is a weight, the bias is int32:
//
//   LayerNormalization(x, g, b)  =>  LayerNormalization(DQ(Q(x)), DQ(g), DQ(b)) -> Q -> DQ
class StaticNormalization : public StaticOperator {
 public:
  int fewest_inputs() const override { return 2; }

  std::string mark(QdqMarker& marker, onnx::NodeProto& node) const override {
    if (!marker.activation(node.input(0))) {
      return marker.obstacle(node.input(0), "its input is not float32");
    }
    const std::string& scale = node.input(1);
    if (marker.is_constant(scale)) {
      marker.weight(scale, marker.channel_axis(scale, 1, node.op_type()));
    } else {
      marker.activation(scale);
    }
    if (node.input_size() > 2 && !node.input(2).empty()) {
      marker.bias(node, node.input(2), node.input(0), scale);
    }
    if (marker.marks_outputs(node)) {
      for (const std::string& output : node.output()) marker.activation(output);
    }
    return "";
  }
};

}  // namespace

void register_normalization(StaticOperatorRegistry& registry) {
  for (const char* kind : {"LayerNormalization", "InstanceNormalization", "BatchNormalization"}) {
    registry.add(kind, std::make_unique<StaticNormalization>());
  }
}

}  // namespace quantbench::quantize
