#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "quantbench/measure/fitness.h"

namespace quantbench::measure {

namespace {

class ThrottlingCheck : public Check {
 public:
  std::string summary() const override { return "how often heat slowed the processors down"; }
  Finding look(const MachineView& machine) const override {
    double most = -1;
    for (const std::string& count :
         machine.texts_of_processors("thermal_throttle/core_throttle_count")) {
      most = std::max(most, std::strtod(count.c_str(), nullptr));
    }
    if (most < 0) {
      return {Finding::Level::kUnknown,
              "the kernel does not report it (usual in a virtual machine)"};
    }
    if (most == 0) return {Finding::Level::kOk, "never since the machine started"};
    return {Finding::Level::kWarning,
            fmt::format("{:.0f} times since the machine started, on the hottest core", most),
            "cool the machine better, or lower its highest frequency: sudo cpupower frequency-set "
            "--max 2GHz"};
  }
};

}  // namespace

void register_throttling(CheckRegistry& registry) {
  registry.add("throttling", std::make_unique<ThrottlingCheck>());
}

}  // namespace quantbench::measure
