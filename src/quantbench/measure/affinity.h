#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <vector>

namespace quantbench::measure {

/// Processors for threads that are timed: each on a physical core of its own, on which no other
/// program has used more than a tenth of the time meanwhile. The cores with the highest numbers
/// come first, because devices interrupt the first ones. One processor a core.
///
/// Only processors of this process's affinity mask are looked at. `wait` lets the time pass in
/// which the load is measured; `root` is where /proc and /sys lie. Empty where the kernel does not
/// tell.
std::vector<int> free_cores(const std::function<void()>& wait,
                            const std::filesystem::path& root = "/");

/// Those that the calling thread may run on.
std::vector<int> allowed_processors();

/// Lets every thread that a process has, and those that they start, run on these processors only.
/// Without processors, or where the kernel refuses, nothing changes.
void keep_on(pid_t process, const std::vector<int>& processors);

/// Lets the calling thread, and the processes that it starts, run on these processors only; the
/// destructor takes that back. Without processors, or where the kernel refuses, nothing changes.
class ScopedAffinity {
 public:
  explicit ScopedAffinity(const std::vector<int>& processors);
  ~ScopedAffinity();
  ScopedAffinity(const ScopedAffinity&) = delete;
  ScopedAffinity& operator=(const ScopedAffinity&) = delete;

 private:
  std::vector<int> before_;
};

}  // namespace quantbench::measure
