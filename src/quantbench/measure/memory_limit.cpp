#include "quantbench/measure/memory_limit.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

namespace quantbench::measure {

namespace {

namespace fs = std::filesystem;

/// v1 says "no limit" by a number near 2^63.
constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 60;

/// Names of the files of one version of control groups.
struct Version {
  const char* mount;
  const char* limit;
  const char* events;
};
constexpr Version kSecond = {"sys/fs/cgroup", "memory.max", "memory.events"};
constexpr Version kFirst = {"sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.oom_control"};

struct Group {
  Version version;
  fs::path mount;
  /// Below it.
  fs::path path;
};

/// The group that accounts this process's memory. A line of /proc/self/cgroup is
/// "HIERARCHY:CONTROLLERS:PATH", the second version's "0::PATH" (cgroups(7)).
std::optional<Group> own_group(const fs::path& root) {
  std::optional<Group> found;
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool is_first = controllers.find(",memory,") != std::string::npos;
    if (!is_first && (found || line.rfind("0::", 0) != 0)) continue;
    const Version version = is_first ? kFirst : kSecond;
    Group group{version, root / version.mount, fs::path(line.substr(second + 1)).relative_path()};
    // A container sees its own group as the mount, and the path of the machine outside it.
    std::error_code failure;
    if (!fs::exists(group.mount / group.path / version.events, failure)) group.path.clear();
    found = std::move(group);
    if (is_first) break;
  }
  return found;
}

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc() ? std::optional(value) : std::nullopt;
}

/// The number after the word `oom_kill`.
std::optional<std::uint64_t> count_of_kills(const fs::path& path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    constexpr std::string_view kName = "oom_kill ";
    if (line.rfind(kName, 0) == 0) return number(line.substr(kName.size()));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> kills_of_group(const fs::path& root) {
  const auto group = own_group(root);
  if (!group) return std::nullopt;
  return count_of_kills(group->mount / group->path / group->version.events);
}

std::optional<std::uint64_t> kills_of_machine(const fs::path& root) {
  return count_of_kills(root / "proc/vmstat");
}

bool has_grown(const std::optional<std::uint64_t>& before,
               const std::optional<std::uint64_t>& now) {
  return now && *now > before.value_or(0) && before;
}

}  // namespace

std::optional<MemoryLimit> memory_limit(const fs::path& root) {
  const auto group = own_group(root);
  if (!group) return std::nullopt;
  std::optional<MemoryLimit> smallest;
  for (fs::path path = group->path;; path = path.parent_path()) {
    const fs::path file = group->mount / path / group->version.limit;
    std::ifstream stream(file);
    std::string text;
    // "max" in the second version.
    if (std::getline(stream, text)) {
      const auto bytes = number(text);
      if (bytes && *bytes < kNoLimit && (!smallest || *bytes < smallest->bytes)) {
        smallest = MemoryLimit{*bytes, file.string()};
      }
    }
    if (path.empty()) return smallest;
  }
}

MemoryKills::MemoryKills(fs::path root)
    : root_(std::move(root)),
      of_group_(kills_of_group(root_)),
      of_machine_(kills_of_machine(root_)) {}

std::string MemoryKills::reason() const {
  if (has_grown(of_group_, kills_of_group(root_))) {
    if (const auto limit = memory_limit(root_)) {
      return fmt::format(
          "the kernel killed the process at the limit of {:.1f} MB of its control group ({})",
          static_cast<double>(limit->bytes) / 1e6, limit->file);
    }
    return "the kernel killed the process because the memory was full";
  }
  if (has_grown(of_machine_, kills_of_machine(root_))) {
    return "the kernel killed the process because the machine's memory was full";
  }
  return {};
}

}  // namespace quantbench::measure
