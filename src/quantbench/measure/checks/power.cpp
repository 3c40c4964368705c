#include "quantbench/measure/fitness.h"

namespace quantbench::measure {

namespace {

class PowerCheck : public Check {
 public:
  std::string summary() const override { return "mains or battery"; }
  Finding look(const MachineView& machine) const override {
    std::error_code failure;
    bool has_mains = false;
    bool on_mains = false;
    for (const auto& entry :
         std::filesystem::directory_iterator(machine.root() / "sys/class/power_supply", failure)) {
      const std::string supply = "sys/class/power_supply/" + entry.path().filename().string();
      if (machine.text(supply + "/type") != "Mains") continue;
      has_mains = true;
      on_mains = on_mains || machine.text(supply + "/online") == "1";
    }
    if (!has_mains) return {Finding::Level::kOk, "no battery"};
    if (on_mains) return {Finding::Level::kOk, "mains"};
    return {Finding::Level::kWarning, "on battery: the processors are slowed down",
            "connect the machine to mains"};
  }
};

}  // namespace

void register_power(CheckRegistry& registry) {
  registry.add("power", std::make_unique<PowerCheck>());
}

}  // namespace quantbench::measure
