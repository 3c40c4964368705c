#include <fmt/format.h>

#include "quantbench/measure/fitness.h"

namespace quantbench::measure {

namespace {

class SwapCheck : public Check {
 public:
  std::string summary() const override { return "memory that lies on the disk"; }
  Finding look(const MachineView& machine) const override {
    const auto all = machine.number("proc/meminfo", "SwapTotal");
    const auto free = machine.number("proc/meminfo", "SwapFree");
    if (!all || !free) return {Finding::Level::kUnknown, "the kernel does not report it"};
    if (*all == 0) return {Finding::Level::kOk, "none"};
    const double used = (*all - *free) * 1024 / 1e6;
    const std::string text = fmt::format("{:.0f} MB of {:.0f} MB in use", used, *all * 1024 / 1e6);
    if (used < 100) return {Finding::Level::kOk, text};
    return {Finding::Level::kWarning, text + ": a forward may wait for the disk",
            "sudo swapoff --all && sudo swapon --all, once there is enough memory"};
  }
};

}  // namespace

void register_swap(CheckRegistry& registry) { registry.add("swap", std::make_unique<SwapCheck>()); }

}  // namespace quantbench::measure
