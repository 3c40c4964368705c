#pragma once

#include <optional>
#include <string>

namespace quantbench::measure {

/// Processor time since the machine started, in clock ticks, of one processor or of all together.
struct ProcessorTicks {
  double busy = 0;
  double all = 0;
  double stolen = 0;  ///< given to others by the hypervisor; a part of busy
};

/// From the line `name` of /proc/stat: "cpu" is of all processors, "cpu0" of the first. idle and
/// iowait are not busy; time that a hypervisor gave to others (steal) is busy. nullopt if the line
/// is missing.
std::optional<ProcessorTicks> read_processor_ticks(const std::string& proc_stat,
                                                   const std::string& name = "cpu");

/// Processor time of all threads of this process since it started, s.
double own_processor_seconds();

/// Fraction, 0 to 1, of the processor time between two readings that other processes used. This
/// process used `own` ticks. nullopt if too little time has passed.
std::optional<double> share_of_others(const ProcessorTicks& before, const ProcessorTicks& after,
                                      double own);

/// Measures how much of the machine other processes used during a measurement. On a busy machine
/// latencies mean little, and threads that wait for each other suffer most.
class OtherLoad {
 public:
  /// Starts the measurement.
  OtherLoad();
  /// Fraction, 0 to 1, of the whole machine's processor time that other processes used since the
  /// start. nullopt if the kernel does not report it, or if too little time has passed.
  std::optional<double> share() const;

 private:
  std::optional<ProcessorTicks> start_;
  double own_ = 0;
};

/// Reports warn from this fraction on.
inline constexpr double kMuchOtherLoad = 0.1;

}  // namespace quantbench::measure
