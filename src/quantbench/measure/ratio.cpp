#include "quantbench/measure/ratio.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include "quantbench/measure/statistics.h"

namespace quantbench::measure {

namespace {

constexpr std::size_t kFewest = 4;
constexpr std::size_t kMostBatches = 30;
constexpr std::size_t kFewestBatchesOfStart = 2;

/// The latencies of each start; all of them as one where the starts are unknown.
std::vector<std::span<const double>> latencies_of_starts(const Timing& timing) {
  const std::span<const double> all(timing.latencies);
  const auto sum = std::accumulate(timing.starts.begin(), timing.starts.end(), std::int64_t{0});
  if (timing.starts.size() < 2 || sum != static_cast<std::int64_t>(all.size())) return {all};
  std::vector<std::span<const double>> parts;
  std::size_t first = 0;
  for (const std::int64_t forwards : timing.starts) {
    const auto count = static_cast<std::size_t>(forwards);
    parts.push_back(all.subspan(first, count));
    first += count;
  }
  return parts;
}

std::vector<double> batch_means(std::span<const double> latencies, std::size_t batches) {
  const std::size_t length = latencies.size() / batches;
  // Forwards that do not fill a batch are dropped at the start, where the machine is least settled.
  const std::size_t first = latencies.size() - batches * length;
  std::vector<double> means;
  for (std::size_t i = 0; i < batches; ++i)
    means.push_back(mean(latencies.subspan(first + i * length, length)));
  return means;
}

std::optional<Spread> of_batches(const Timing& timing) {
  const std::size_t forwards = timing.latencies.size();
  if (forwards < kFewest) return std::nullopt;
  const auto root = static_cast<std::size_t>(std::sqrt(static_cast<double>(forwards)));
  const std::size_t all_batches = std::clamp(root, kFewest, kMostBatches);
  double centre = 0;
  double variance = 0;
  double squares = 0;  // of the variance's parts, each divided by its degrees of freedom
  double freedom = 0;
  for (const std::span<const double> start : latencies_of_starts(timing)) {
    const std::size_t share = all_batches * start.size() / forwards;
    const std::size_t batches = std::max(share, kFewestBatchesOfStart);
    if (start.size() < batches) return std::nullopt;
    const std::vector<double> means = batch_means(start, batches);
    const auto count = static_cast<double>(batches);
    const double weight = static_cast<double>(start.size()) / static_cast<double>(forwards);
    const double part = weight * weight * sample_variance(means) / count;
    centre += weight * mean(means);
    variance += part;
    squares += part * part / (count - 1);
    freedom += count - 1;
  }
  if (!(centre > 0)) return std::nullopt;
  // Welch and Satterthwaite.
  if (squares > 0) freedom = variance * variance / squares;
  return Spread{variance / (centre * centre), freedom};
}

std::optional<Spread> of_figures(const Timing& timing) {
  const auto count = static_cast<double>(timing.nb_forwards);
  // A standard deviation of 0 is an empty column, not a clock without noise.
  if (count < kFewest || !(timing.latency_std > 0)) return std::nullopt;
  const double relative = timing.latency_std / timing.latency_mean;
  return Spread{relative * relative / (count - 1), count - 1};
}

}  // namespace

std::optional<Spread> spread_within_starts(const Timing& timing) {
  return timing.latencies.size() < kFewest ? of_figures(timing) : of_batches(timing);
}

std::optional<Spread> spread_between_starts(const Timing& timing) {
  const auto starts = latencies_of_starts(timing);
  if (starts.size() < 2) return std::nullopt;
  std::vector<double> means;
  for (const std::span<const double> start : starts) means.push_back(mean(start));
  const double centre = mean(means);
  if (!(centre > 0)) return std::nullopt;
  const auto count = static_cast<double>(means.size());
  return Spread{sample_variance(means) / count / (centre * centre), count - 1};
}

std::optional<Spread> spread_of_mean(const Timing& timing) {
  const auto within = spread_within_starts(timing);
  const auto between = spread_between_starts(timing);
  if (!within || !between) return within ? within : between;
  return between->relative_variance > within->relative_variance ? between : within;
}

std::optional<Ratio> latency_ratio(const Timing& before, const Timing& after) {
  if (!(before.latency_mean > 0) || !(after.latency_mean > 0)) return std::nullopt;
  Ratio ratio;
  ratio.value = after.latency_mean / before.latency_mean;
  const auto a = spread_of_mean(before);
  const auto b = spread_of_mean(after);
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
