#pragma once

#include <string>

#include "quantbench/quantize/report.h"

namespace quantbench::cli {

/// The report of a quantization for people: operators quantized and left by kind, the nodes left
/// with the reason, warnings.
std::string quantization_table(const quantize::Report& report);

}  // namespace quantbench::cli
