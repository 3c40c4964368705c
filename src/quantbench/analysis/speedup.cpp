#include "quantbench/analysis/speedup.h"

#include <cmath>
#include <limits>

namespace quantbench::analysis {

using measure::Ratio;
using measure::Timing;

bool same_measurement(const Timing& one, const Timing& other) {
  if (one.latencies != other.latencies) return false;
  if (!one.latencies.empty()) return true;
  // Two measurements do not have the same figures to the last digit.
  return one.latency_50 > 0 && one.nb_forwards > 0 && one.nb_forwards == other.nb_forwards &&
         one.latency_std > 0 && one.latency_std == other.latency_std &&
         one.latency_mean == other.latency_mean && one.latency_50 == other.latency_50 &&
         one.latency_99 == other.latency_99;
}

std::optional<Ratio> latency_change(const Timing& before, const Timing& after) {
  auto ratio = measure::latency_ratio(before, after);
  if (ratio && same_measurement(before, after)) ratio->interval = {1, 1};
  return ratio;
}

std::optional<Ratio> speedup_over(const Timing* original, const Timing& row) {
  if (original != nullptr && same_measurement(*original, row))
    return latency_change(row, *original);
  if (row.speedup) {
    Ratio ratio{.value = row.speedup->value, .interval = {}};
    if (std::isfinite(row.speedup->low) && std::isfinite(row.speedup->high))
      ratio.interval = {row.speedup->low, row.speedup->high};
    return ratio;
  }
  return original == nullptr ? std::nullopt : measure::latency_ratio(row, *original);
}

double original_latency(const Timing* original, const Timing& row) {
  const bool shared = original != nullptr && same_measurement(*original, row);
  if (row.speedup && !shared && std::isfinite(row.speedup->original_mean))
    return row.speedup->original_mean;
  return original == nullptr ? std::numeric_limits<double>::quiet_NaN() : original->latency_mean;
}

}  // namespace quantbench::analysis
