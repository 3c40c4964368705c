#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

#include "quantbench/measure/control_group.h"

namespace quantbench::measure {

/// The processors that this process can use at a time.
struct Processors {
  std::size_t allowed = 1;  ///< in its affinity mask (sched_getaffinity)
  std::optional<CpuQuota> quota;
  /// Cores of the whole machine, hyper-threads counted once; 0: not known. ONNX Runtime starts one
  /// thread for each of them, whatever the affinity mask and the quota allow.
  std::size_t machine_cores = 0;
};

/// `root` is where /proc and /sys lie.
Processors usable_processors(const std::filesystem::path& root = "/");

}  // namespace quantbench::measure
