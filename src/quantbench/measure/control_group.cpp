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

}  // namespace quantbench::measure
