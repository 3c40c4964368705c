#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

/// Dimensions of the only constants whose columns may have scales of their own in integer products.
constexpr std::size_t kMatrixRank = 2;

/// Why matmul_const_b_only leaves a node in float; empty if it does not.
template <typename Writer>
std::string non_constant_b(const onnx::NodeProto& node, const Writer& writer) {
  if (!writer.options().matmul_const_b_only || writer.is_constant(node.input(1))) return "";
  return writer.is_constant(node.input(0)) ? "its B is not a constant"
                                           : "both inputs are activations";
}

// QDQ. A constant factor on either side becomes a weight:
//
//   x -> MatMul(x, W) -> y     =>     x -> Q -> DQ -> MatMul(., DQ(W_quantized)) -> Q -> DQ -> y
//
// QOperator:
//
//   x -> MatMul(x, W) -> y     =>     x -> Q -> QLinearMatMul(., W_quantized) -> y_quantized
class StaticMatMul : public StaticOperator {
 public:
  int fewest_inputs() const override { return 2; }

  std::string mark(QdqMarker& marker, onnx::NodeProto& node) const override {
    constexpr std::int64_t kColumns = 1;
    if (std::string why = non_constant_b(node, marker); !why.empty()) return why;
    // With a float output, ONNX Runtime fuses the node to one that takes the columns of matrices
    // only.
    const bool matrices_only = !marker.marks_outputs(node);
    const auto axis_of = [&](const std::string& constant) {
      const bool matrix = marker.model().find_initializer(constant)->shape.size() == kMatrixRank;
      return matrices_only && !matrix ? std::nullopt
                                      : marker.channel_axis(constant, kColumns, node.op_type());
    };
    const bool product = !marker.is_constant(node.input(0)) && !marker.is_constant(node.input(1));
    bool any = false;
    for (const std::string& input : node.input()) {
      any |= marker.is_constant(input) ? marker.weight(input, axis_of(input))
             : product                 ? marker.product_activation(input)
                                       : marker.activation(input);
    }
    if (marker.marks_outputs(node)) any |= marker.activation(node.output(0));
    return any ? "" : marker.obstacle(node.input(0), "it has no float32 tensor");
  }

  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    const std::string& a = node.input(0);
    const std::string& b = node.input(1);
    if (!writer.is_float(a) && !writer.is_float(b)) return "its inputs are not float32";
    if (std::string why = non_constant_b(node, writer); !why.empty()) return why;
    if (std::string why = writer.obstacle({a, b}, node.output(0)); !why.empty()) return why;
    constexpr std::int64_t kLast = -1;
    const graph::Initializer* constant = writer.constant(b);
    const bool matrix = constant != nullptr && constant->shape.size() == kMatrixRank;
    const auto axis = writer.options().per_channel && matrix ? std::optional(kLast) : std::nullopt;
    const IntegerTensor x = writer.activation(a);
    const IntegerTensor w = writer.weight(b, writer.options().reduce_range, axis);
    IntegerTensor y = writer.output(node.output(0));
    onnx::NodeProto integer_node = QOperatorWriter::integer_node(
        node, "QLinearMatMul",
        {x.values, x.scale, x.zero_point, w.values, w.scale, w.zero_point, y.scale, y.zero_point},
        {y.values}, "");
    integer_node.clear_attribute();
    writer.emit(std::move(integer_node));
    writer.set(node.output(0), std::move(y));
    return "";
  }
};

}  // namespace

void register_matmul(StaticOperatorRegistry& registry) {
  registry.add("MatMul", std::make_unique<StaticMatMul>());
}

}  // namespace quantbench::quantize
