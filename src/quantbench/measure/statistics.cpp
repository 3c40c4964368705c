#include "quantbench/measure/statistics.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "quantbench/base/error.h"

namespace quantbench::measure {

double mean(std::span<const double> values) {
  if (values.empty()) return 0;
  long double sum = 0;
  for (const double value : values) sum += value;
  return static_cast<double>(sum / static_cast<long double>(values.size()));
}

double standard_deviation(std::span<const double> values) {
  if (values.empty()) return 0;
  const double center = mean(values);
  long double sum = 0;
  for (const double value : values) {
    const long double deviation = value - center;
    sum += deviation * deviation;
  }
  return static_cast<double>(std::sqrt(sum / static_cast<long double>(values.size())));
}

double sorted_quantile(std::span<const double> sorted, double q) {
  if (sorted.empty()) throw Error("a quantile needs at least one value");
  if (!(q >= 0 && q <= 1)) throw Error("a quantile must lie in [0, 1]");
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(position));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double share = position - static_cast<double>(below);
  // numpy interpolates from the nearer end. This keeps the result monotonic in q.
  const double difference = sorted[above] - sorted[below];
  return share >= 0.5 ? sorted[above] - difference * (1 - share)
                      : sorted[below] + difference * share;
}

double sample_variance(std::span<const double> values) {
  const auto count = static_cast<double>(values.size());
  const double deviation = standard_deviation(values);
  return deviation * deviation * count / (count - 1);
}

double linear_quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return sorted_quantile(values, q);
}

double python_round(double value, int digits) {
  if (!std::isfinite(value)) return value;
  // A double has at most 309 digits before the point. to_chars rounds the exact value, ties to
  // even.
  std::array<char, 400> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value,
                                     std::chars_format::fixed, std::clamp(digits, 0, 60));
  double rounded = value;
  std::from_chars(text.data(), written.ptr, rounded);
  return rounded;
}

}  // namespace quantbench::measure
