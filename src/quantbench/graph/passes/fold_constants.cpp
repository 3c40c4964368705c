#include <unordered_set>

#include "quantbench/base/log.h"
#include "quantbench/graph/constant_folding.h"
#include "quantbench/graph/pass.h"
#include "quantbench/graph/unused.h"
#include "quantbench/graph/wiring.h"

namespace quantbench::graph {

namespace {

// Constant -> c, W -> Transpose -> Wt ->    =>    c and Wt among the initializers
//
// for nodes that read constants only.
class FoldConstants : public Pass {
 public:
  int position() const override { return kFolding; }

  std::string summary() const override { return "computes what depends on constants only"; }

  int apply(Model& model, PassContext& context) const override {
    std::unordered_set<std::string> inputs;
    for (const auto& input : model.graph().input()) inputs.insert(input.name());
    Wiring wiring(model.graph());
    FoldingBudget& budget = context.folding;
    const bool told = budget.exceeded();
    int count = 0;
    for (onnx::NodeProto& node : *model.graph().mutable_node()) {
      // A graph input of the same name can override an initializer.
      bool overridable = false;
      for (const std::string& input : node.input()) overridable |= inputs.count(input) != 0;
      if (overridable || node.output_size() != 1 || wiring.is_graph_output(node.output(0))) {
        continue;
      }
      if (auto value = evaluate_constant(model, node, budget)) {
        model.set_initializer(*std::move(value));
        wiring.remove(node);
        ++count;
      }
    }
    if (budget.exceeded() && !told) {
      spdlog::warn("constant folding is bounded to {} MiB for this model; the nodes beyond stay",
                   budget.allowed() >> 20);
    }
    wiring.drop_removed();
    if (count > 0) remove_unused_initializers(model);
    return count;
  }
};

}  // namespace

void register_fold_constants(PassRegistry& registry) {
  registry.add("fold_constants", std::make_unique<FoldConstants>());
}

}  // namespace quantbench::graph
