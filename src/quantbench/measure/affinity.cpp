#include "quantbench/measure/affinity.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <system_error>

#include "quantbench/base/text.h"
#include "quantbench/measure/kernel_file.h"
#include "quantbench/measure/machine_load.h"

namespace quantbench::measure {

namespace {

constexpr double kFree = 0.1;

constexpr pid_t kThisThread = 0;

bool set_affinity(pid_t thread, const std::vector<int>& processors) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int processor : processors) CPU_SET(processor, &set);
  return ::sched_setaffinity(thread, sizeof set, &set) == 0;
}

std::string proc_stat(const std::filesystem::path& root) {
  return read_kernel_file(root / "proc/stat");
}

/// Share of the time between two readings in which a processor ran anything; 1: not known.
double busy_share(const std::string& before, const std::string& after, int processor) {
  const std::string name = "cpu" + std::to_string(processor);
  const auto first = read_processor_ticks(before, name);
  const auto last = read_processor_ticks(after, name);
  if (!first || !last || last->all <= first->all) return 1;
  return (last->busy - first->busy) / (last->all - first->all);
}

}  // namespace

std::vector<int> allowed_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return {};
  std::vector<int> out;
  for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
    if (CPU_ISSET(processor, &set)) out.push_back(processor);
  }
  return out;
}

std::vector<int> free_cores(const std::function<void()>& wait, const std::filesystem::path& root) {
  const std::string before = proc_stat(root);
  wait();
  const std::string after = proc_stat(root);
  // Hyper-threads of a core have the same list of siblings.
  std::map<std::string, std::vector<int>> cores;
  for (const int processor : allowed_processors()) {
    const auto list = "cpu" + std::to_string(processor) + "/topology/thread_siblings_list";
    const std::string siblings(trim(read_kernel_file(root / "sys/devices/system/cpu" / list)));
    if (!siblings.empty()) cores[siblings].push_back(processor);
  }
  std::vector<int> out;
  for (const auto& [siblings, processors] : cores) {
    const bool free = std::ranges::all_of(
        processors, [&](int one) { return busy_share(before, after, one) <= kFree; });
    if (free) out.push_back(processors.front());
  }
  std::ranges::sort(out, std::greater());
  return out;
}

void keep_on(pid_t process, const std::vector<int>& processors) {
  if (processors.empty()) return;
  // A process that ends meanwhile ends the list.
  std::error_code failure;
  const std::filesystem::path threads = "/proc/" + std::to_string(process) + "/task";
  for (std::filesystem::directory_iterator entry(threads, failure);
       !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
    pid_t thread = 0;
    const std::string name = entry->path().filename().string();
    const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), thread);
    if (fault == std::errc{}) set_affinity(thread, processors);
  }
}

ScopedAffinity::ScopedAffinity(const std::vector<int>& processors) {
  if (processors.empty()) return;
  before_ = allowed_processors();
  if (!set_affinity(kThisThread, processors)) before_.clear();
}

ScopedAffinity::~ScopedAffinity() {
  if (!before_.empty()) set_affinity(kThisThread, before_);
}

}  // namespace quantbench::measure
