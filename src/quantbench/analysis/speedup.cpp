#include "quantbench/analysis/speedup.h"

#include <cmath>
#include <limits>

#include "quantbench/measure/paired_ratio.h"

namespace quantbench::analysis {

using measure::Ratio;
using measure::Timing;

namespace {

/// Rows that were timed together have the same original, and two measurements of it do not have the
/// same mean to the last digit.
bool same_turns(const Timing& one, const Timing& other) {
  return one.speedup && other.speedup &&
         one.speedup->original_mean == other.speedup->original_mean &&
         !same_measurement(one, other);
}

}  // namespace

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

std::optional<Ratio> ratio_of_rows(const Timing& before, const Timing& after) {
  const measure::Starts first = measure::starts_of(before);
  const measure::Starts second = measure::starts_of(after);
  if (!same_turns(before, after) || first.empty() || second.empty()) {
    return latency_change(before, after);
  }
  const auto found = measure::estimate({measure::log_ratios(second, first)}, 0).front();
  if (!found) return latency_change(before, after);
  return Ratio{.value = std::exp(found->log_value),
               .interval = Ratio::Interval{.low = std::exp(found->log_value - found->half),
                                           .high = std::exp(found->log_value + found->half)}};
}

bool not_told_apart(const measure::Timing& one, const measure::Timing& other) {
  const auto ratio = ratio_of_rows(one, other);
  return ratio && ratio->interval && ratio->interval->low <= 1 && 1 <= ratio->interval->high;
}

double original_latency(const Timing* original, const Timing& row) {
  const bool shared = original != nullptr && same_measurement(*original, row);
  if (row.speedup && !shared && std::isfinite(row.speedup->original_mean))
    return row.speedup->original_mean;
  return original == nullptr ? std::numeric_limits<double>::quiet_NaN() : original->latency_mean;
}

}  // namespace quantbench::analysis
