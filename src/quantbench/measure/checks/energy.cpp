#include "quantbench/measure/energy.h"

#include "quantbench/measure/fitness.h"

namespace quantbench::measure {

namespace {

class EnergyCheck : public Check {
 public:
  std::string summary() const override { return "the processors' energy counters"; }
  Finding look(const MachineView& machine) const override {
    const auto zones = package_energy_zones(machine.root());
    if (zones.empty()) {
      return {Finding::Level::kUnknown,
              "the kernel does not report it (usual in a virtual machine)"};
    }
    for (const auto& zone : zones) {
      if (read_energy_counter(zone)) continue;
      // Timings are as good without: not a warning.
      return {Finding::Level::kUnknown,
              "the counters are readable by root only: results are without energy",
              "sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj"};
    }
    return {Finding::Level::kOk, std::to_string(zones.size()) +
                                     (zones.size() == 1 ? " package counts" : " packages count") +
                                     " it"};
  }
};

}  // namespace

void register_energy(CheckRegistry& registry) {
  registry.add("energy", std::make_unique<EnergyCheck>());
}

}  // namespace quantbench::measure
