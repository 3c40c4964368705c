#include "quantbench/measure/fitness.h"

namespace quantbench::measure {

namespace {

/// Sources that are read without a call of the kernel (its vDSO knows them).
constexpr const char* kFast[] = {
    "tsc",     "arch_sys_counter", "kvm-clock", "hyperv_clocksource_tsc_page", "riscv_clocksource",
    "timebase"};

class ClockSource : public Check {
 public:
  std::string summary() const override { return "the clock behind every latency, and its cost"; }
  Finding look(const MachineView& machine) const override {
    const std::string directory = "sys/devices/system/clocksource/clocksource0/";
    const std::string current = machine.text(directory + "current_clocksource");
    if (current.empty()) return {Finding::Level::kUnknown, "the kernel does not report it"};
    for (const char* fast : kFast) {
      if (current == fast) return {Finding::Level::kOk, current};
    }
    const std::string available = " " + machine.text(directory + "available_clocksource") + " ";
    std::string remedy = "boot with clocksource=tsc if the processor has a steady one";
    for (const char* fast : kFast) {
      if (available.find(" " + std::string(fast) + " ") == std::string::npos) continue;
      remedy = "echo " + std::string(fast) + " | sudo tee /" + directory + "current_clocksource";
      break;
    }
    return {Finding::Level::kWarning,
            current + ": reading it takes about a microsecond, where tsc takes 20 ns", remedy};
  }
};

}  // namespace

void register_clock_source(CheckRegistry& registry) {
  registry.add("clock_source", std::make_unique<ClockSource>());
}

}  // namespace quantbench::measure
