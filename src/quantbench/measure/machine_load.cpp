#include "quantbench/measure/machine_load.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "quantbench/measure/kernel_file.h"

namespace quantbench::measure {

namespace {

/// One processor for a second. The kernel counts too coarsely for less.
constexpr double kFewestTicks = 100;

std::optional<ProcessorTicks> processor_ticks() {
  return read_processor_ticks(read_kernel_file("/proc/stat"));
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double own_ticks() { return own_processor_seconds() * static_cast<double>(::sysconf(_SC_CLK_TCK)); }

}  // namespace

double own_processor_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::optional<ProcessorTicks> read_processor_ticks(const std::string& proc_stat,
                                                   const std::string& wanted) {
  std::istringstream lines(proc_stat);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    if (name != wanted) continue;
    // user nice system idle iowait irq softirq steal. The later fields are contained in user and
    // nice.
    std::vector<double> ticks;
    for (double value = 0; ticks.size() < 8 && words >> value;) ticks.push_back(value);
    if (ticks.size() < 4) return std::nullopt;
    ProcessorTicks out;
    for (std::size_t i = 0; i < ticks.size(); ++i) {
      out.all += ticks[i];
      if (i != 3 && i != 4) out.busy += ticks[i];
    }
    if (ticks.size() > 7) out.stolen = ticks[7];
    return out;
  }
  return std::nullopt;
}

std::optional<double> share_of_others(const ProcessorTicks& before, const ProcessorTicks& after,
                                      double own) {
  const double all = after.all - before.all;
  if (all < kFewestTicks) return std::nullopt;
  return std::clamp((after.busy - before.busy - own) / all, 0.0, 1.0);
}

OtherLoad::OtherLoad() : start_(processor_ticks()), own_(own_ticks()) {}

std::optional<double> OtherLoad::share() const {
  const auto now = processor_ticks();
  if (!start_ || !now) return std::nullopt;
  return share_of_others(*start_, *now, own_ticks() - own_);
}

}  // namespace quantbench::measure
