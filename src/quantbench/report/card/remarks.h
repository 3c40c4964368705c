#pragma once

#include <string>

#include "quantbench/store/result.h"

namespace quantbench::report {

/// The section that quantbench adds at the end of its own cards, "# Remarks": rows that failed or
/// were skipped and why, operators quantized and left in float32 per row, peak memory and size,
/// warnings, what the run was made with and on. Never empty.
std::string remarks_section(const store::RunResult& result);

}  // namespace quantbench::report
