#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "quantbench/measure/control_group.h"
#include "quantbench/measure/fitness.h"

namespace quantbench::measure {

namespace {

/// Processors that a group may use: quota divided by period; nullopt without a quota.
std::optional<double> processors_of(const std::filesystem::path& directory, int version) {
  double quota = 0;
  double period = 0;
  if (version == 2) {
    std::ifstream file(directory / "cpu.max");  // "max 100000", "150000 100000"
    if (!(file >> quota >> period)) return std::nullopt;
  } else {
    std::ifstream of_quota(directory / "cpu.cfs_quota_us");  // -1: none
    std::ifstream of_period(directory / "cpu.cfs_period_us");
    if (!(of_quota >> quota) || !(of_period >> period)) return std::nullopt;
  }
  if (quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

class CpuQuota : public Check {
 public:
  std::string summary() const override {
    return "the control group's quota: threads that use it up stop for the rest of a period";
  }
  Finding look(const MachineView& machine) const override {
    const auto group = own_control_group(machine.root(), "cpu", {"cpu.cfs_period_us", "cpu.stat"});
    if (!group) return {Finding::Level::kOk, "none (no control groups)"};
    std::optional<double> least;
    std::filesystem::path where;
    for (const auto& directory : group->directories()) {
      const auto found = processors_of(directory, group->version);
      if (!found || (least && *least <= *found)) continue;
      least = found;
      where = directory;
    }
    if (!least) return {Finding::Level::kOk, "none"};
    const std::size_t processors = machine.processors().size();
    const std::string text =
        fmt::format("{:g} of {} processors ({})", *least, processors, where.string());
    if (*least >= static_cast<double>(processors)) return {Finding::Level::kOk, text};
    return {Finding::Level::kWarning, text,
            fmt::format("run outside of the container's limit, or with at most {:.0f} threads: "
                        "intra_op_num_threads: {:.0f}",
                        std::max(1.0, std::floor(*least)), std::max(1.0, std::floor(*least)))};
  }
};

}  // namespace

void register_cpu_quota(CheckRegistry& registry) {
  registry.add("cpu_quota", std::make_unique<CpuQuota>());
}

}  // namespace quantbench::measure
