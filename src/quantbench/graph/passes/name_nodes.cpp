#include "quantbench/graph/edit.h"
#include "quantbench/graph/pass.h"

namespace quantbench::graph {

namespace {

// (unnamed) Add    =>    Add_17, by the node's position in the graph
//
// node_exclusion and reports use node names.
class NameNodes : public Pass {
 public:
  int position() const override { return kNames; }

  std::string summary() const override { return "gives a name to unnamed nodes"; }
  bool repeats() const override { return false; }
  bool gives_names() const override { return true; }

  int apply(Model& model, PassContext& /*context*/) const override {
    UniqueNames names(model);
    int count = 0;
    for (int i = 0; i < model.graph().node_size(); ++i) {
      onnx::NodeProto& node = *model.graph().mutable_node(i);
      if (!node.name().empty()) continue;
      node.set_name(names.make(node.op_type() + "_" + std::to_string(i)));
      ++count;
    }
    return count;
  }
};

}  // namespace

void register_name_nodes(PassRegistry& registry) {
  registry.add("name_nodes", std::make_unique<NameNodes>());
}

}  // namespace quantbench::graph
