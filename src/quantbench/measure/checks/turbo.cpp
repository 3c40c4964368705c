#include "quantbench/measure/fitness.h"

namespace quantbench::measure {

namespace {

class TurboCheck : public Check {
 public:
  std::string summary() const override {
    return "frequencies above the nominal one, which last until the processor is hot";
  }
  Finding look(const MachineView& machine) const override {
    const std::string intel = "sys/devices/system/cpu/intel_pstate/no_turbo";
    const std::string others = "sys/devices/system/cpu/cpufreq/boost";
    const std::string off = machine.text(intel);
    const std::string on = machine.text(others);
    if (off.empty() && on.empty()) {
      return {Finding::Level::kUnknown,
              "the kernel does not report it (usual in a virtual machine)"};
    }
    if (off == "1" || (off.empty() && on == "0")) return {Finding::Level::kOk, "off"};
    return {Finding::Level::kWarning, "on: the first forwards run faster than the later ones",
            off.empty() ? "echo 0 | sudo tee /" + others : "echo 1 | sudo tee /" + intel};
  }
};

}  // namespace

void register_turbo(CheckRegistry& registry) {
  registry.add("turbo", std::make_unique<TurboCheck>());
}

}  // namespace quantbench::measure
