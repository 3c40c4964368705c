#pragma once

#include <string>
#include <string_view>

#include "quantbench/base/json.h"

namespace quantbench::measure {

/// Facts that decide whether two timings can be compared: cpu, architecture, usable_cores,
/// instruction_sets (those that matter for int8), memory_bytes, system, governor (null if the
/// kernel does not report it), compiler. None of them identifies the machine or its user.
Json machine_facts();

/// SHA-256 of the facts that a timing depends on. A timing is reused only with the same hash.
std::string machine_key(const Json& facts);

/// True if the CPU multiplies u8 by s8 with saturating 16-bit sums (x86 without VNNI or AMX). int8
/// models with full-range weights can then overflow; reduce_range prevents this.
bool u8s8_saturates(const Json& facts);

/// Like machine_facts, from the texts of /proc/cpuinfo and so on. For tests.
struct MachineSources {
  std::string cpuinfo;
  std::string governor;
};
Json machine_facts(const MachineSources& sources);

}  // namespace quantbench::measure
