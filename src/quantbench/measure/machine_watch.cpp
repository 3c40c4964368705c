#include "quantbench/measure/machine_watch.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string>

#include "quantbench/measure/control_group.h"
#include "quantbench/measure/fitness.h"
#include "quantbench/measure/kernel_file.h"

namespace quantbench::measure {

namespace {

/// The number after a word at the start of a line: "nr_throttled 3".
std::optional<double> number_of(const std::string& text, const std::string& word) {
  std::istringstream lines(text);
  std::string name;
  for (double value = 0; lines >> name >> value;) {
    if (name == word) return value;
  }
  return std::nullopt;
}

std::optional<double> since(const std::optional<double>& before, const std::optional<double>& now) {
  if (!before || !now) return std::nullopt;
  return *now - *before;
}

}  // namespace

MachineWatch::MachineWatch(std::filesystem::path root) : root_(std::move(root)) {
  MachineView::Sources sources;
  sources.root = root_;
  for (const int processor : MachineView(sources).processors()) {
    auto file = root_ / ("sys/devices/system/cpu/cpu" + std::to_string(processor)) /
                "cpufreq/scaling_cur_freq";
    if (!read_kernel_file(file).empty()) frequencies_.push_back(std::move(file));
  }
  start_ = counters();
}

MachineWatch::Counters MachineWatch::counters() const {
  Counters out;
  out.ticks = read_processor_ticks(read_kernel_file(root_ / "proc/stat"));
  if (const auto group = own_control_group(root_, "cpu", {"cpu.cfs_period_us", "cpu.stat"})) {
    // A quota may be set on this group or on one above it: each counts its own.
    for (const auto& directory : group->directories()) {
      const std::string text = read_kernel_file(directory / "cpu.stat");
      const auto periods = number_of(text, "nr_periods");
      if (!periods || *periods <= out.periods.value_or(-1)) continue;
      out.periods = periods;
      out.throttled = number_of(text, "nr_throttled");
    }
  }
  MachineView::Sources sources;
  sources.root = root_;
  for (const std::string& count :
       MachineView(sources).texts_of_processors("thermal_throttle/core_throttle_count")) {
    out.heat = std::max(out.heat.value_or(0), std::strtod(count.c_str(), nullptr));
  }
  return out;
}

void MachineWatch::look_at_frequencies() {
  double fastest = 0;  // the core that works; idle ones are slow for good reason
  for (const auto& file : frequencies_) {
    fastest = std::max(fastest, std::strtod(read_kernel_file(file).c_str(), nullptr));
  }
  if (fastest <= 0) return;
  lowest_ = lowest_ == 0 ? fastest : std::min(lowest_, fastest);
  highest_ = std::max(highest_, fastest);
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
