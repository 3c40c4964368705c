#include "quantbench/backend/backend.h"

namespace quantbench::backend {

namespace {

class Local final : public Backend {
 public:
  std::string summary() const override { return "this machine"; }
  bool is_default() const override { return true; }
  store::RunResult run(const spec::Spec& spec, const execute::Options& options) const override {
    return execute::run(spec, options);
  }
};

}  // namespace

void register_local(BackendRegistry& registry) { registry.add("local", std::make_unique<Local>()); }

}  // namespace quantbench::backend
