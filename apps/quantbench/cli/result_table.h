#pragma once

#include <string>

#include "quantbench/store/result.h"

namespace quantbench::cli {

/// The end of a run on a terminal: one line a row of the benchmark with its parameters (those that
/// differ), metrics with their change, latency with the speedup, what was quantized; then the
/// messages of rows that failed or were skipped.
std::string result_table(const store::RunResult& result);

}  // namespace quantbench::cli
