#include "quantbench/base/log.h"
#include "quantbench/graph/pass.h"
#include "quantbench/graph/shape_inference.h"

namespace quantbench::graph {

namespace {

// x: float[batch, 8] -> MatMul(x, W: float[8, 4]) -> y    =>    y: float[batch, 4] in value_info
class InferShapes : public Pass {
 public:
  int position() const override { return kShapes; }

  std::string summary() const override { return "writes types and shapes into value_info"; }
  bool repeats() const override { return false; }

  int apply(Model& model, PassContext& /*context*/) const override {
    const int before = model.graph().value_info_size();
    if (const std::string warning = infer_shapes(model); !warning.empty()) {
      spdlog::warn("{}", warning);
    }
    return model.graph().value_info_size() - before;
  }
};

}  // namespace

void register_infer_shapes(PassRegistry& registry) {
  registry.add("infer_shapes", std::make_unique<InferShapes>());
}

}  // namespace quantbench::graph
