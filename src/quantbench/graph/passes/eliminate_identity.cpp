#include "quantbench/graph/pass.h"
#include "quantbench/graph/wiring.h"

namespace quantbench::graph {

namespace {

bool passes_on(const onnx::NodeProto& node) {
  if (node.input_size() == 0 || node.output_size() == 0 || !node.domain().empty()) return false;
  if (node.op_type() == "Identity") return true;
  // Outside training, Dropout is the identity unless its mask is read or training mode is set.
  return node.op_type() == "Dropout" && node.input_size() < 3 && node.output_size() == 1;
}

// x -> Identity -> y ->    =>    x ->
//
// and the same for Dropout, which does nothing outside training.
class EliminateIdentity : public Pass {
 public:
  int position() const override { return kRemoval; }

  std::string summary() const override { return "removes Identity and Dropout nodes"; }

  int apply(Model& model, PassContext& /*context*/) const override {
    Wiring wiring(model.graph());
    int count = 0;
    for (onnx::NodeProto& node : *model.graph().mutable_node()) {
      if (passes_on(node) && wiring.bypass(node)) ++count;
    }
    wiring.drop_removed();
    return count;
  }
};

}  // namespace

void register_eliminate_identity(PassRegistry& registry) {
  registry.add("eliminate_identity", std::make_unique<EliminateIdentity>());
}

}  // namespace quantbench::graph
