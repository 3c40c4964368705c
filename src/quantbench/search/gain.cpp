#include "quantbench/search/gain.h"

#include <cmath>
#include <cstdint>

namespace quantbench::search {

namespace {

std::optional<measure::Ratio> speedup_of(const store::Row& row) {
  if (row.timings.empty()) return std::nullopt;
  double sum = 0;
  double below = 0;
  double above = 0;
  bool has_interval = true;
  for (const measure::Timing& timing : row.timings) {
    if (!timing.speedup || !(timing.speedup->value > 0)) return std::nullopt;
    const measure::PairedRatio& paired = *timing.speedup;
    sum += std::log(paired.value);
    has_interval = has_interval && paired.low > 0 && std::isfinite(paired.high);
    if (!has_interval) continue;
    below += std::pow(std::log(paired.value / paired.low), 2);
    above += std::pow(std::log(paired.high / paired.value), 2);
  }
  const auto shapes = static_cast<double>(row.timings.size());
  measure::Ratio out{std::exp(sum / shapes), {}};
  if (has_interval) {
    out.interval = {std::exp((sum - std::sqrt(below)) / shapes),
                    std::exp((sum + std::sqrt(above)) / shapes)};
  }
  return out;
}

std::optional<measure::Ratio> ratio_of_bytes(std::int64_t original, std::int64_t row) {
  if (original <= 0 || row <= 0) return std::nullopt;
  const double value = static_cast<double>(original) / static_cast<double>(row);
  return measure::Ratio{value, measure::Ratio::Interval{value, value}};
}

}  // namespace

std::optional<measure::Ratio> gain_of(Objective objective, const store::Row& original,
                                      const store::Row& row) {
  switch (objective) {
    case Objective::kSize:
      return ratio_of_bytes(original.model_bytes, row.model_bytes);
    case Objective::kMemory:
      return ratio_of_bytes(original.peak_memory_bytes, row.peak_memory_bytes);
    case Objective::kLatency:
    case Objective::kThroughput:
      break;
  }
  return speedup_of(row);
}

bool is_worse(const measure::Ratio& one, const measure::Ratio& other, double least) {
  const double high = one.interval ? one.interval->high : one.value;
  const double low = other.interval ? other.interval->low : other.value;
  return high * (1 + least) < low;
}

}  // namespace quantbench::search
