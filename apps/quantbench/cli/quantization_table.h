#pragma once

#include <string>

#include "quantbench/quantize/report.h"

namespace quantbench::cli {

/// The report of a quantization as text: quantized and float operators by kind, the float nodes
/// with their reasons, and the warnings.
std::string quantization_table(const quantize::Report& report);

}  // namespace quantbench::cli
