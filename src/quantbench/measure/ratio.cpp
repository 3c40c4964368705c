#include "quantbench/measure/ratio.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "quantbench/measure/statistics.h"

namespace quantbench::measure {

namespace {

constexpr std::size_t kFewest = 4;
constexpr std::size_t kMostBatches = 30;

/// Variance of a mean relative to its square, with the degrees of freedom of that estimate.
struct Spread {
  double relative_variance = 0;
  double degrees_of_freedom = 0;
};

std::optional<Spread> of_batches(const std::vector<double>& latencies) {
  if (latencies.size() < kFewest) return std::nullopt;
  const auto root = static_cast<std::size_t>(std::sqrt(static_cast<double>(latencies.size())));
  const std::size_t batches = std::clamp(root, kFewest, kMostBatches);
  const std::size_t length = latencies.size() / batches;
  // Forwards that do not fill a batch are dropped at the start, where the machine is least settled.
  const std::size_t first = latencies.size() - batches * length;
  std::vector<double> means;
  for (std::size_t i = 0; i < batches; ++i)
    means.push_back(mean(std::span(latencies).subspan(first + i * length, length)));
  const double centre = mean(means);
  const auto count = static_cast<double>(batches);
  const double deviation = standard_deviation(means);
  if (!(centre > 0)) return std::nullopt;
  // deviation has ddof 0: the sample variance is deviation^2 * count / (count - 1).
  return Spread{deviation * deviation / (count - 1) / (centre * centre), count - 1};
}

std::optional<Spread> of_figures(const Timing& timing) {
  const auto count = static_cast<double>(timing.nb_forwards);
  // A standard deviation of 0 is an empty column, not a clock without noise.
  if (count < kFewest || !(timing.latency_std > 0)) return std::nullopt;
  const double relative = timing.latency_std / timing.latency_mean;
  return Spread{relative * relative / (count - 1), count - 1};
}

std::optional<Spread> spread(const Timing& timing) {
  const auto of_single = of_batches(timing.latencies);
  return of_single ? of_single : of_figures(timing);
}

}  // namespace

double student_975(double degrees_of_freedom) {
  constexpr double z = 1.959963984540054;
  const double n = degrees_of_freedom;
  const double z3 = z * z * z;
  const double z5 = z3 * z * z;
  const double z7 = z5 * z * z;
  const double z9 = z7 * z * z;
  return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) +
         (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n) +
         (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * z) / (92160 * n * n * n * n);
}

std::optional<Ratio> latency_ratio(const Timing& before, const Timing& after) {
  if (!(before.latency_mean > 0) || !(after.latency_mean > 0)) return std::nullopt;
  Ratio ratio;
  ratio.value = after.latency_mean / before.latency_mean;
  const auto a = spread(before);
  const auto b = spread(after);
  if (!a || !b) return ratio;
  const double variance = a->relative_variance + b->relative_variance;
  if (variance == 0) {
    ratio.interval = {ratio.value, ratio.value};
    return ratio;
  }
  const double freedom = variance * variance /
                         (a->relative_variance * a->relative_variance / a->degrees_of_freedom +
                          b->relative_variance * b->relative_variance / b->degrees_of_freedom);
  const double half = student_975(freedom) * std::sqrt(variance);
  ratio.interval = {ratio.value * std::exp(-half), ratio.value * std::exp(half)};
  return ratio;
}

}  // namespace quantbench::measure
