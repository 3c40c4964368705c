#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/measure/fitness.h"
#include "quantbench/runtime/session.h"

namespace quantbench::measure {

namespace {

class RuntimesCheck : public Check {
 public:
  std::string summary() const override { return "the frameworks that this build can run"; }
  Finding look(const MachineView&) const override {
    std::vector<std::string> found;
    for (const std::string& name : runtime::runtimes().names()) {
      try {
        const Json facts = runtime::runtimes().get(name).facts();
        found.push_back(name + " " + facts.value("version", std::string("?")));
      } catch (const Error&) {
        found.push_back(name + " (not installed)");
      }
    }
    return {Finding::Level::kOk, join(found, ", ")};
  }
};

}  // namespace

void register_runtimes(CheckRegistry& registry) {
  registry.add("runtimes", std::make_unique<RuntimesCheck>());
}

}  // namespace quantbench::measure
