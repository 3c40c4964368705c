#include "quantbench/measure/machine.h"

#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <vector>

#include "quantbench/base/hash.h"
#include "quantbench/base/parallel.h"
#include "quantbench/base/text.h"
#include "quantbench/measure/kernel_file.h"

namespace quantbench::measure {

namespace {

/// Flags of /proc/cpuinfo (x86 "flags", Arm "Features") that select integer kernels.
constexpr std::array<std::string_view, 16> kInstructionSets = {
    "avx",         "f16c",     "fma",         "avx2",        "avx512f",  "avx512bw",
    "avx512_vnni", "avx_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_int8",
    "amx_bf16",    "asimd",    "asimddp",     "i8mm"};

/// Value of the first line "key : value" with this key.
std::string first_value(const std::string& cpuinfo, std::string_view key) {
  for (const std::string& line : split(cpuinfo, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    if (trim(std::string_view(line).substr(0, colon)) == key) {
      return std::string(trim(std::string_view(line).substr(colon + 1)));
    }
  }
  return {};
}

Json instruction_sets(const std::string& cpuinfo) {
  std::string flags = first_value(cpuinfo, "flags");
  if (flags.empty()) flags = first_value(cpuinfo, "Features");
  const std::vector<std::string> present = split(flags, ' ');
  Json out = Json::array();
  for (const std::string_view name : kInstructionSets) {
    if (std::find(present.begin(), present.end(), name) != present.end()) out.push_back(name);
  }
  return out;
}

bool has_instruction_set(const Json& facts, std::string_view name) {
  const Json& sets = facts.at("instruction_sets");
  return std::find(sets.begin(), sets.end(), name) != sets.end();
}

std::uint64_t memory_bytes() {
  struct sysinfo info {};
  if (sysinfo(&info) != 0) return 0;
  return static_cast<std::uint64_t>(info.totalram) * info.mem_unit;
}

}  // namespace

Json machine_facts(const MachineSources& sources) {
  struct utsname system {};
  uname(&system);
  std::string cpu = first_value(sources.cpuinfo, "model name");
  if (cpu.empty()) cpu = first_value(sources.cpuinfo, "CPU part");
  const std::string_view governor = trim(sources.governor);
  return {{"cpu", cpu.empty() ? "unknown" : cpu},
          {"architecture", system.machine},
          {"usable_cores", usable_cores()},
          {"instruction_sets", instruction_sets(sources.cpuinfo)},
          {"memory_bytes", memory_bytes()},
          {"system", std::string(system.sysname) + " " + system.release},
          {"governor", governor.empty() ? Json() : Json(governor)},
          {"compiler", __VERSION__}};
}

Json machine_facts() {
  return machine_facts({read_kernel_file("/proc/cpuinfo"),
                        read_kernel_file("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")});
}

std::string machine_key(const Json& facts) {
  // Total memory and kernel patch level change with a reboot, but they do not change a latency.
  Json kept = facts;
  kept.erase("memory_bytes");
  kept.erase("system");
  return sha256(to_line(kept));
}

bool u8s8_saturates(const Json& facts) {
  if (facts.at("architecture") != "x86_64") return false;
  return !has_instruction_set(facts, "avx512_vnni") && !has_instruction_set(facts, "avx_vnni") &&
         !has_instruction_set(facts, "amx_int8");
}

}  // namespace quantbench::measure
