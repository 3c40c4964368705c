#include "quantbench/graph/edit.h"
#include "quantbench/graph/element_types.h"
#include "quantbench/graph/pass.h"
#include "quantbench/graph/wiring.h"

namespace quantbench::graph {

namespace {

bool changes_nothing(const onnx::NodeProto& node, const ElementTypes& types) {
  if (node.op_type() != "Cast" || node.input_size() != 1 || node.output_size() != 1) return false;
  const std::int64_t to = int_attribute(node, "to", onnx::TensorProto::UNDEFINED);
  return to != onnx::TensorProto::UNDEFINED && types.of(node.input(0)) == to;
}

// x (float) -> Cast to float -> y ->    =>    x ->
class EliminateCast : public Pass {
 public:
  std::string summary() const override { return "removes Cast nodes that do not change the type"; }

  int apply(Model& model, PassContext& /*context*/) const override {
    const ElementTypes types(model);
    Wiring wiring(model.graph());
    int count = 0;
    for (onnx::NodeProto& node : *model.graph().mutable_node()) {
      if (changes_nothing(node, types) && wiring.bypass(node)) ++count;
    }
    wiring.drop_removed();
    return count;
  }
};

}  // namespace

void register_eliminate_cast(PassRegistry& registry) {
  registry.add("eliminate_cast", std::make_unique<EliminateCast>());
}

}  // namespace quantbench::graph
