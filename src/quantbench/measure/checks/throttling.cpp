#include <fmt/format.h>

#include "quantbench/measure/fitness.h"

namespace quantbench::measure {

namespace {

class ThrottlingCheck : public Check {
 public:
  std::string summary() const override { return "how often heat slowed the processors down"; }
  Finding look(const MachineView& machine) const override {
    const auto most = machine.largest_of_processors(kThrottleCount);
    if (!most) {
      return {Finding::Level::kUnknown,
              "the kernel does not report it (usual in a virtual machine)"};
    }
    if (*most == 0) return {Finding::Level::kOk, "never since the machine started"};
    return {Finding::Level::kWarning,
            fmt::format("{:.0f} times since the machine started, on the hottest core", *most),
            "cool the machine better, or lower its highest frequency: sudo cpupower frequency-set "
            "--max 2GHz"};
  }
};

}  // namespace

void register_throttling(CheckRegistry& registry) {
  registry.add("throttling", std::make_unique<ThrottlingCheck>());
}

}  // namespace quantbench::measure
