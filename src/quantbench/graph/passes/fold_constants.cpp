#include "quantbench/graph/constant_folding.h"
#include "quantbench/graph/pass.h"

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
    return fold_constants(model, context.folding);
  }
};

}  // namespace

void register_fold_constants(PassRegistry& registry) {
  registry.add("fold_constants", std::make_unique<FoldConstants>());
}

}  // namespace quantbench::graph
