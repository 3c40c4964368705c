#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

// Selects rows: the output has the table's scale. A constant table (an embedding) is quantized:
//
//   Gather(T, ids) -> y    =>    Gather(DQ(T_quantized), ids) -> Q -> DQ, all with T's map
class StaticGather : public StaticOperator {
 public:
  int fewest_inputs() const override { return 2; }

  std::string mark(QdqMarker& marker, onnx::NodeProto& node) const override {
    const std::string& table = node.input(0);
    if (marker.is_float_constant(table) || marker.options().force_quantize_no_input_check) {
      if (!marker.activation(table)) return marker.obstacle(table, "its table is not float32");
    } else if (!marker.is_marked(table)) {
      return "it only moves values, and its input is not quantized";
    }
    // As in ONNX Runtime, operators_with_float_output does not count here.
    if (!marker.options().quantize_outputs) return "";
    return marker.like_input(node.output(0), table) ? "" : "its output is not float32";
  }

  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    if (node.op_type() != "Gather") return StaticOperator::write(writer, node);
    const std::string& table = node.input(0);
    const graph::Initializer* constant = writer.constant(table);
    if (constant == nullptr || constant->type != onnx::TensorProto::FLOAT) {
      return "its table is not a float32 constant";
    }
    if (std::string why = writer.obstacle({table}); !why.empty()) return why;
    write_on_integers(writer, node);
    return "";
  }
};

}  // namespace

void register_gather(StaticOperatorRegistry& registry) {
  registry.add("Gather", std::make_unique<StaticGather>());
  registry.add("GatherElements", std::make_unique<StaticGather>());
}

}  // namespace quantbench::quantize
