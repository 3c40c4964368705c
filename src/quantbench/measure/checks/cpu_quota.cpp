#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "quantbench/measure/control_group.h"
#include "quantbench/measure/fitness.h"

namespace quantbench::measure {

namespace {

class CpuQuotaCheck : public Check {
 public:
  std::string summary() const override {
    return "the control group's quota: threads that use it up stop for the rest of a period";
  }
  Finding look(const MachineView& machine) const override {
    if (!own_control_group(machine.root(), "cpu", kCpuFiles))
      return {Finding::Level::kOk, "none (no control groups)"};
    const auto quota = cpu_quota(machine.root());
    if (!quota) return {Finding::Level::kOk, "none"};
    const std::size_t processors = machine.processors().size();
    const std::string text = fmt::format("{:g} of {} processors ({})", quota->processors,
                                         processors, quota->group.string());
    if (quota->processors >= static_cast<double>(processors)) return {Finding::Level::kOk, text};
    const double threads = std::max(1.0, std::floor(quota->processors));
    return {Finding::Level::kWarning, text,
            fmt::format("run outside of the container's limit, or with at most {:.0f} threads: "
                        "intra_op_num_threads: {:.0f}",
                        threads, threads)};
  }
};

}  // namespace

void register_cpu_quota(CheckRegistry& registry) {
  registry.add("cpu_quota", std::make_unique<CpuQuotaCheck>());
}

}  // namespace quantbench::measure
