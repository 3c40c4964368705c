#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

// Attention as fused by ONNX Runtime. QOperator only, and only on request: QAttention of
// com.microsoft, whose output is float:
//
//   Attention(x, W, b, mask, past)  =>  QAttention(Q(x), W_quantized, b, scales, mask, zero points,
//                                                  past)
//
// ONNX Runtime's own tool writes QAttention only in dynamic quantization.
class StaticAttention : public StaticOperator {
 public:
  bool by_default() const override { return false; }

  std::string mark(QdqMarker& /*marker*/, onnx::NodeProto& /*node*/) const override {
    return "no runtime fuses Attention with Q/DQ pairs; use the QOperator format";
  }

  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    if (graph::find_attribute(node, "qkv_hidden_sizes") != nullptr) {
      return "QAttention needs equal sizes of query, key and value (qkv_hidden_sizes)";
    }
    if (writer.options().activation_type != QuantType::kUInt8) {
      return "QAttention takes u8 activations only";
    }
    if (node.input_size() < 3 || !writer.is_constant(node.input(1))) {
      return "its weight is not a constant";
    }
    if (std::string why = writer.obstacle({node.input(0), node.input(1)}); !why.empty()) return why;
    constexpr std::int64_t kLast = -1;
    const auto axis = writer.options().per_channel ? std::optional(kLast) : std::nullopt;
    const IntegerTensor x = writer.activation(node.input(0));
    const IntegerTensor w = writer.weight(node.input(1), writer.options().reduce_range, axis);
    const auto optional_input = [&](int i) {
      return node.input_size() > i ? node.input(i) : std::string();
    };
    writer.emit(QOperatorWriter::integer_node(
        node, "QAttention",
        {x.values, w.values, node.input(2), x.scale, w.scale, optional_input(3), x.zero_point,
         w.zero_point, optional_input(4)},
        {node.output().begin(), node.output().end()}));
    return "";
  }
};

}  // namespace

void register_attention(StaticOperatorRegistry& registry) {
  registry.add("Attention", std::make_unique<StaticAttention>());
}

}  // namespace quantbench::quantize
