#include <memory>

#include "quantbench/execute/strategy.h"

namespace quantbench::execute {

namespace {

class Grid final : public Strategy {
 public:
  std::string summary() const override { return "all cells of the grid"; }
  bool is_default() const override { return true; }
  store::RunResult run(const spec::Spec& spec, const Options& options) const override {
    return execute::run(spec, options);
  }
};

}  // namespace

void register_grid(StrategyRegistry& registry) { registry.add("grid", std::make_unique<Grid>()); }

}  // namespace quantbench::execute
