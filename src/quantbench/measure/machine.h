#pragma once

#include <string>
#include <string_view>

#include "quantbench/base/json.h"

namespace quantbench::measure {

/// What decides whether two timings can be compared: cpu, architecture, usable_cores,
/// instruction_sets (those that matter for int8), memory_bytes, system, governor (null where the
/// kernel shows none), compiler. Nothing in it names the machine or its user.
Json machine_facts();

/// SHA-256 of the facts that a timing depends on: timings are reused only under the same one.
std::string machine_key(const Json& facts);

/// True when the CPU multiplies u8 by s8 through saturating 16-bit sums (x86 without VNNI or AMX):
/// int8 models with full-range weights can then overflow, and reduce_range is the cure.
bool u8s8_saturates(const Json& facts);

/// As machine_facts, from the texts of /proc/cpuinfo and so on; for tests.
struct MachineSources {
  std::string cpuinfo;
  std::string governor;
};
Json machine_facts(const MachineSources& sources);

}  // namespace quantbench::measure
