#include "quantbench/measure/machine_watch.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "quantbench/measure/control_group.h"
#include "quantbench/measure/kernel_file.h"

namespace quantbench::measure {

namespace {

std::optional<double> since(const std::optional<double>& before, const std::optional<double>& now) {
  if (!before || !now) return std::nullopt;
  return *now - *before;
}

}  // namespace

MachineWatch::MachineWatch(std::filesystem::path root)
    : machine_(MachineView::Sources{.root = std::move(root)}), start_(counters()) {}

MachineWatch::Counters MachineWatch::counters() const {
  const std::filesystem::path& root = machine_.root();
  Counters out;
  out.ticks = read_processor_ticks(read_kernel_file(root / "proc/stat"));
  if (const auto group = own_control_group(root, "cpu", kCpuFiles)) {
    // A quota may be set on this group or on one above it: each counts its own.
    for (const auto& directory : group->directories()) {
      const std::string file = directory.lexically_relative(root) / "cpu.stat";
      const auto periods = machine_.number(file, "nr_periods");
      if (!periods || *periods <= out.periods.value_or(-1)) continue;
      out.periods = periods;
      out.throttled = machine_.number(file, "nr_throttled");
    }
  }
  out.heat = machine_.largest_of_processors(kThrottleCount);
  return out;
}

void MachineWatch::look_at_frequencies() {
  // Of the core that works; idle ones are slow for good reason.
  const auto fastest = machine_.largest_of_processors(kFrequency);
  if (!fastest || *fastest <= 0) return;
  lowest_ = lowest_ == 0 ? *fastest : std::min(lowest_, *fastest);
  highest_ = std::max(highest_, *fastest);
}

MachineEvents MachineWatch::events(double own_seconds) const {
  const Counters now = counters();
  MachineEvents out;
  if (start_.ticks && now.ticks) {
    const double own = own_seconds * static_cast<double>(::sysconf(_SC_CLK_TCK));
    out.other_load = share_of_others(*start_.ticks, *now.ticks, own);
    const double all = now.ticks->all - start_.ticks->all;
    if (out.other_load) {
      out.stolen = std::clamp((now.ticks->stolen - start_.ticks->stolen) / all, 0.0, 1.0);
    }
  }
  if (const auto periods = since(start_.periods, now.periods); periods && *periods > 0) {
    out.throttled_periods =
        std::clamp(since(start_.throttled, now.throttled).value_or(0) / *periods, 0.0, 1.0);
  }
  if (const auto heat = since(start_.heat, now.heat)) {
    out.heat = static_cast<std::int64_t>(*heat);
  }
  if (highest_ > 0) out.slowest_frequency = lowest_ / highest_;
  return out;
}

}  // namespace quantbench::measure
