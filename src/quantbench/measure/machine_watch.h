#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "quantbench/measure/fitness.h"
#include "quantbench/measure/machine_load.h"

namespace quantbench::measure {

/// What went on in the machine while something was measured. A value that the system does not tell
/// is nullopt.
struct MachineEvents {
  /// Share of the machine's processors that other processes took, 0 to 1.
  std::optional<double> other_load = {};
  /// Share that the hypervisor gave to other machines, 0 to 1; a part of other_load.
  std::optional<double> stolen = {};
  /// Share of the periods of the control group's quota in which it was used up, 0 to 1.
  std::optional<double> throttled_periods = {};
  /// How often heat slowed a core down.
  std::optional<std::int64_t> heat = {};
  /// The lowest frequency that was seen / the highest one.
  std::optional<double> slowest_frequency = {};
};

/// Watches the machine from its construction on.
class MachineWatch {
 public:
  /// `root`: where /proc and /sys lie.
  explicit MachineWatch(std::filesystem::path root = "/");
  /// Looks at the frequencies now. Costs some system calls: call it between turns.
  void look_at_frequencies();
  /// `own_seconds`: processor time that the measurement itself took meanwhile.
  MachineEvents events(double own_seconds) const;

 private:
  struct Counters {
    std::optional<ProcessorTicks> ticks;
    std::optional<double> periods;
    std::optional<double> throttled;
    std::optional<double> heat;
  };
  Counters counters() const;

  MachineView machine_;
  Counters start_;
  double lowest_ = 0;
  double highest_ = 0;
};

}  // namespace quantbench::measure
