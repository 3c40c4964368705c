#include <fmt/format.h>

#include <algorithm>

#include "quantbench/measure/fitness.h"
#include "quantbench/measure/memory_limit.h"

namespace quantbench::measure {

namespace {

constexpr double kLeastMemory = 2e9;

class MemoryCheck : public Check {
 public:
  std::string summary() const override { return "memory for models and data"; }
  Finding look(const MachineView& machine) const override {
    const auto kilobytes = machine.number("proc/meminfo", "MemAvailable");
    if (!kilobytes) return {Finding::Level::kUnknown, "the kernel does not report it"};
    double bytes = *kilobytes * 1024;
    Finding finding{Finding::Level::kOk, fmt::format("{:.1f} GB available", bytes / 1e9)};
    if (const auto limit = memory_limit(machine.root())) {
      finding.text += fmt::format(", at most {:.1f} GB in this control group ({})",
                                  static_cast<double>(limit->bytes) / 1e9, limit->file);
      bytes = std::min(bytes, static_cast<double>(limit->bytes));
    }
    if (bytes < kLeastMemory) {
      finding.level = Finding::Level::kWarning;
      finding.remedy = "end other programs, or raise the limit: a large model may not fit";
    }
    return finding;
  }
};

}  // namespace

void register_memory(CheckRegistry& registry) {
  registry.add("memory", std::make_unique<MemoryCheck>());
}

}  // namespace quantbench::measure
