#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace quantbench::measure {

/// The smallest limit on the memory of this process's control group, or of one above it.
struct MemoryLimit {
  std::uint64_t bytes = 0;
  /// The file that says so: "/sys/fs/cgroup/job/memory.max".
  std::string file;
};

/// From /proc/self/cgroup and the files memory.max (cgroup v2) or memory.limit_in_bytes (v1) of
/// /sys/fs/cgroup; nullopt where there is no limit or no control group. `root` is where /proc and
/// /sys lie, for tests.
std::optional<MemoryLimit> memory_limit(const std::filesystem::path& root = "/");

/// Bytes that processes may take before memory runs out: MemAvailable of /proc/meminfo, or what the
/// control group's limit leaves where that is less. nullopt: not known.
/// `root` is where /proc and /sys lie, for tests.
std::optional<std::uint64_t> available_memory(const std::filesystem::path& root = "/");

/// Tells whether the kernel killed a process for lack of memory while this object lived: counts
/// "oom_kill" of the control group (memory.events, or memory.oom_control of v1), which includes the
/// groups below it, and "oom_kill" of the machine (/proc/vmstat). Other processes count too: ask
/// only about one that died of SIGKILL.
class MemoryKills {
 public:
  explicit MemoryKills(std::filesystem::path root = "/");
  /// "the kernel killed the process at the limit of 512.0 MB of its control group
  /// (/sys/fs/cgroup/job/memory.max)", "the kernel killed the process because the machine's memory
  /// was full"; empty: the kernel killed no process for memory.
  std::string reason() const;

 private:
  std::filesystem::path root_;
  std::optional<std::uint64_t> of_group_;
  std::optional<std::uint64_t> of_machine_;
};

}  // namespace quantbench::measure
