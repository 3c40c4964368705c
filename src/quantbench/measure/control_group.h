#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace quantbench::measure {

/// The control group of this process that one controller accounts it to (cgroups(7)).
struct ControlGroup {
  /// Version of control groups: 1 or 2.
  int version = 2;
  std::filesystem::path mount;
  /// Below the mount.
  std::filesystem::path path;

  /// The group's directory, then the directories of the groups above it, up to the mount.
  std::vector<std::filesystem::path> directories() const;
};

/// Names of a file that every group of the controller has, in each version: they tell whether the
/// group's path is below this mount. A container sees its own group as the mount, and a path of
/// the machine outside it.
struct ControllerFiles {
  const char* first;
  const char* second;
};

/// `controller`: "memory", "cpu". `root` is where /proc and /sys lie. nullopt without control
/// groups.
std::optional<ControlGroup> own_control_group(const std::filesystem::path& root,
                                              const std::string& controller,
                                              const ControllerFiles& files);

/// Files of the controller "cpu".
inline constexpr ControllerFiles kCpuFiles = {"cpu.cfs_period_us", "cpu.stat"};

/// The processor time that a control group may use, in processors: 1.5 means one and a half.
struct CpuQuota {
  double processors = 0;
  std::filesystem::path group;  ///< its directory
};

/// The smallest quota of this process's groups; nullopt without one.
std::optional<CpuQuota> cpu_quota(const std::filesystem::path& root);

}  // namespace quantbench::measure
