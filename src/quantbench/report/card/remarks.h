#pragma once

#include <string>

#include "quantbench/report/document.h"

namespace quantbench::report {

/// The section that quantbench adds at the end of its own cards, "# Remarks": the answer, rows that
/// failed or were skipped and why, operators quantized and left in float32 per row, peak memory and
/// size, warnings, what the run was made with and on. Never empty.
std::string remarks_section(const Document& result);

}  // namespace quantbench::report
