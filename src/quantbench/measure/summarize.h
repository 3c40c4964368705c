#pragma once

#include <vector>

#include "quantbench/measure/timing.h"

namespace quantbench::measure {

/// The figures of latencies in ms, in the order measured; at least one. The throughput is reckoned
/// by `nominal_duration_s`.
Timing summarize(std::vector<double> latencies, double nominal_duration_s);

}  // namespace quantbench::measure
