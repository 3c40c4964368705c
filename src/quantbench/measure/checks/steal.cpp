#include <fmt/format.h>

#include "quantbench/measure/fitness.h"

namespace quantbench::measure {

namespace {

class StealCheck : public Check {
 public:
  std::string summary() const override { return "time that the hypervisor gives to others"; }
  Finding look(const MachineView& machine) const override {
    const auto& load = machine.load();
    if (!load) return {Finding::Level::kUnknown, "the kernel does not report it"};
    const double share = load->stolen / load->processors;
    const std::string text = fmt::format("{:.1f} % of the processors' time", 100 * share);
    if (share <= 0.01) return {Finding::Level::kOk, text};
    return {Finding::Level::kWarning, text,
            "use an instance with processors of its own (dedicated, not burstable)"};
  }
};

}  // namespace

void register_steal(CheckRegistry& registry) {
  registry.add("steal", std::make_unique<StealCheck>());
}

}  // namespace quantbench::measure
