#include "quantbench/backend/backend.h"

namespace quantbench::backend {

namespace {

class Local final : public Backend {
 public:
  std::string summary() const override { return "this machine"; }
  bool is_default() const override { return true; }
  bool is_this_machine() const override { return true; }
  std::unique_ptr<Jobs> open(const RunContext&) const override { return nullptr; }
};

}  // namespace

void register_local(BackendRegistry& registry) { registry.add("local", std::make_unique<Local>()); }

}  // namespace quantbench::backend
