#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "quantbench/graph/edit.h"
#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

/// The values that a Relu or Clip lets through; nullopt if they are known at run time only.
/// `constant` finds an initializer.
template <typename Constants>
std::optional<std::pair<float, float>> interval_of(const onnx::NodeProto& node,
                                                   const Constants& constant) {
  std::pair<float, float> interval = {-std::numeric_limits<float>::infinity(),
                                      std::numeric_limits<float>::infinity()};
  if (node.op_type() == "Relu") return std::pair(0.0F, interval.second);
  interval.first = graph::float_attribute(node, "min", interval.first);
  interval.second = graph::float_attribute(node, "max", interval.second);
  for (int i = 1; i < std::min(node.input_size(), 3); ++i) {
    if (node.input(i).empty()) continue;
    const graph::Initializer* bound = constant(node.input(i));
    if (bound == nullptr || bound->type != onnx::TensorProto::FLOAT ||
        bound->element_count() != 1) {
      return std::nullopt;
    }
    (i == 1 ? interval.first : interval.second) = bound->values<float>()[0];
  }
  return interval;
}

// Relu and Clip after a quantized operator. If the quantization of the output cannot express the
// values that they cut off, it has the same effect and they are removed:
//
//   MatMul -> Relu -> y    =>    MatMul -> Q(y) -> DQ
//
// They stay if it can (a Clip above zero, a range on both sides of zero, a bound that is not
// constant), if their input has another reader, whose values the scale then covers, and if a
// subgraph reads their output, which is not quantized there.
class Removable : public StaticOperator {
 public:
  std::string mark(QdqMarker& marker, onnx::NodeProto& node) const override {
    if (!marker.is_marked(node.input(0))) return "its input is not quantized";
    const std::string output = node.output(0);
    const auto interval = interval_of(
        node, [&](const std::string& name) { return marker.model().find_initializer(name); });
    const bool removable = interval && marker.marks_outputs(node) &&
                           !marker.options().activation_symmetric &&
                           !marker.options().keep_removable_activations;
    if (!removable || !marker.absorb(node, interval->first, interval->second)) {
      marker.activation(node.input(0));
    }
    if (marker.marks_outputs(node)) marker.activation(output);
    return "";
  }

  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    const IntegerTensor* input = writer.find(node.input(0));
    if (input == nullptr) return "its input is not quantized";
    if (writer.options().activation_symmetric)
      return "a symmetric output does not have the same effect";
    if (!writer.has_one_reader(node.input(0))) return "its input has another reader";
    const auto interval =
        interval_of(node, [&](const std::string& name) { return writer.constant(name); });
    if (!interval || !writer.stays_within(*input, interval->first, interval->second)) {
      return "its input's integers express values that it cuts off";
    }
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
