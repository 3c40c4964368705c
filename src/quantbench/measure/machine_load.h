#pragma once

#include <optional>
#include <string>

namespace quantbench::measure {

/// What processors did since the machine started, in clock ticks summed over all of them.
struct ProcessorTicks {
  double busy = 0;
  double all = 0;
};

/// From the text of /proc/stat: idle and iowait are not busy, what a hypervisor gave to others
/// (steal) is. nullopt when it has no line "cpu".
std::optional<ProcessorTicks> read_processor_ticks(const std::string& proc_stat);

/// How much of the machine others took while something was measured: two cores that are also
/// compiling give latencies that say little, and threads that wait for each other suffer most.
class OtherLoad {
 public:
  /// Starts now.
  OtherLoad();
  /// Share, 0 to 1, of the processor time of the whole machine that went to other processes since
  /// the start; nullopt where the kernel does not say, or too little time has passed to tell.
  std::optional<double> share() const;

 private:
  std::optional<ProcessorTicks> start_;
  double own_ = 0;
};

/// From this share on a report warns.
inline constexpr double kMuchOtherLoad = 0.1;

}  // namespace quantbench::measure
