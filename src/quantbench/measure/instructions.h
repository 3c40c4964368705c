#pragma once

#include <string>
#include <vector>

#include "quantbench/base/json.h"

namespace quantbench::measure {

/// Of `wanted`, the instruction sets that a machine lacks: `facts` are machine_facts. Names are
/// taken in any case and with or without dashes and underscores. "avx512" means its foundation,
/// "vnni" and "amx" any form of it.
std::vector<std::string> missing_instructions(const Json& facts,
                                              const std::vector<std::string>& wanted);

}  // namespace quantbench::measure
