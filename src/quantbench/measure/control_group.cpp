#include "quantbench/measure/control_group.h"

#include <fstream>
#include <utility>

namespace quantbench::measure {

namespace fs = std::filesystem;

std::vector<fs::path> ControlGroup::directories() const {
  std::vector<fs::path> found;
  for (fs::path below = path;; below = below.parent_path()) {
    found.push_back(mount / below);
    if (below.empty()) return found;
  }
}

std::optional<ControlGroup> own_control_group(const fs::path& root, const std::string& controller,
                                              const ControllerFiles& files) {
  std::optional<ControlGroup> found;
  std::ifstream file(root / "proc/self/cgroup");
  // A line is "HIERARCHY:CONTROLLERS:PATH", the second version's "0::PATH".
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool is_first = controllers.find("," + controller + ",") != std::string::npos;
    if (!is_first && (found || !line.starts_with("0::"))) continue;
    ControlGroup group;
    group.version = is_first ? 1 : 2;
    group.mount = root / "sys/fs/cgroup";
    if (is_first) group.mount /= controller;
    group.path = fs::path(line.substr(second + 1)).relative_path();
    std::error_code failure;
    const char* probe = is_first ? files.first : files.second;
    if (!fs::exists(group.mount / group.path / probe, failure)) group.path.clear();
    found = std::move(group);
    if (is_first) break;
  }
  return found;
}

namespace {

/// Quota divided by period; nullopt without a quota.
std::optional<double> quota_of(const fs::path& directory, int version) {
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

}  // namespace

std::optional<CpuQuota> cpu_quota(const fs::path& root) {
  const auto group = own_control_group(root, "cpu", kCpuFiles);
  if (!group) return std::nullopt;
  std::optional<CpuQuota> least;
  for (const fs::path& directory : group->directories()) {
    const auto found = quota_of(directory, group->version);
    if (found && (!least || *found < least->processors)) least = CpuQuota{*found, directory};
  }
  return least;
}

}  // namespace quantbench::measure
