#pragma once

#include <optional>

#include "quantbench/measure/ratio.h"
#include "quantbench/measure/timing.h"

namespace quantbench::analysis {

/// Whether both are one measurement, which two rows or two runs share.
bool same_measurement(const measure::Timing& one, const measure::Timing& other);

/// Ratio of mean latencies, after / before (measure::latency_ratio). One measurement compared with
/// itself has the ratio 1 and no noise.
std::optional<measure::Ratio> latency_change(const measure::Timing& before,
                                             const measure::Timing& after);

/// Latency of the original / latency of the row. Where both were timed in the same turns it is the
/// paired ratio (Timing::speedup), else the ratio of their means. `original` may be nullptr.
/// nullopt if there is neither.
std::optional<measure::Ratio> speedup_over(const measure::Timing* original,
                                           const measure::Timing& row);

/// Ratio of latencies, after / before, of two rows of one run. Where both were timed in the same
/// turns it is the paired ratio, else the ratio of their means. nullopt if a mean is unknown.
std::optional<measure::Ratio> ratio_of_rows(const measure::Timing& before,
                                            const measure::Timing& after);

/// Whether the noise hides which of the two is faster: the interval of their ratio of latencies
/// contains 1. false where that interval is not known.
bool not_told_apart(const measure::Timing& one, const measure::Timing& other);

/// Mean latency of the original in ms that this speedup is over; NaN if it is unknown.
double original_latency(const measure::Timing* original, const measure::Timing& row);

}  // namespace quantbench::analysis
