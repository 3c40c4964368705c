#include "quantbench/measure/memory_limit.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <utility>

#include "quantbench/measure/control_group.h"
#include "quantbench/measure/fitness.h"
#include "quantbench/measure/kernel_file.h"

namespace quantbench::measure {

namespace {

namespace fs = std::filesystem;

/// v1 says "no limit" by a number near 2^63.
constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 60;

std::optional<ControlGroup> own_group(const fs::path& root) {
  return own_control_group(root, "memory", {"memory.oom_control", "memory.events"});
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
  const char* events = group->version == 1 ? "memory.oom_control" : "memory.events";
  return count_of_kills(group->directories().front() / events);
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
  const char* name = group->version == 1 ? "memory.limit_in_bytes" : "memory.max";
  for (const fs::path& directory : group->directories()) {
    const fs::path file = directory / name;
    std::ifstream stream(file);
    std::string text;
    // "max" in the second version.
    if (!std::getline(stream, text)) continue;
    const auto bytes = number(text);
    if (bytes && *bytes < kNoLimit && (!smallest || *bytes < smallest->bytes)) {
      smallest = MemoryLimit{*bytes, file.string()};
    }
  }
  return smallest;
}

std::optional<std::uint64_t> available_memory(const fs::path& root) {
  std::optional<std::uint64_t> available;
  if (const auto kilobytes = MachineView({.root = root}).number("proc/meminfo", "MemAvailable")) {
    available = static_cast<std::uint64_t>(*kilobytes) * 1024;
  }
  const auto group = own_group(root);
  if (!group) return available;
  const char* limit_name = group->version == 1 ? "memory.limit_in_bytes" : "memory.max";
  const char* usage_name = group->version == 1 ? "memory.usage_in_bytes" : "memory.current";
  for (const fs::path& directory : group->directories()) {
    const auto limit = number(read_kernel_file(directory / limit_name));
    const auto usage = number(read_kernel_file(directory / usage_name));
    if (!limit || !usage || *limit >= kNoLimit) continue;
    const std::uint64_t left = *limit > *usage ? *limit - *usage : 0;
    available = std::min(available.value_or(left), left);
  }
  return available;
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
