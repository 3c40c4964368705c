#include "quantbench/metric/correlation.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include "quantbench/base/error.h"

namespace quantbench::metric {

namespace {

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<double> less_mean(std::vector<double> values) {
  const double mean = mean_of(values);
  for (double& value : values) value -= mean;
  return values;
}

std::vector<double> products(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> out;
  out.reserve(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) out.push_back(a[i] * b[i]);
  return out;
}

/// The share of the samples below each value; those equal to it count half.
std::vector<double> shares_below(const std::vector<double>& values) {
  std::vector<double> out = ranks(values);
  for (double& rank : out) rank = (rank - 0.5) / static_cast<double>(values.size());
  return out;
}

/// For each sample: the weights of the samples with a larger share, and half the weights of those
/// with an equal one, divided by the number of samples.
std::vector<double> mean_of_those_above(const std::vector<double>& shares,
                                        const std::vector<double>& weights) {
  std::vector<std::size_t> order(shares.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return shares[a] > shares[b]; });
  std::vector<double> out(shares.size());
  double above = 0;
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first;
    double equal = 0;
    while (end < order.size() && shares[order[end]] == shares[order[first]]) {
      equal += weights[order[end++]];
    }
    const double mean = (above + equal / 2) / static_cast<double>(shares.size());
    for (; first < end; ++first) out[order[first]] = mean;
    above += equal;
  }
  return out;
}

/// A sample adds its own product of shares to their covariance, and to the shares of all above it.
std::vector<double> rank_covariance(const std::vector<double>& a, const std::vector<double>& b) {
  const std::vector<double> own = products(a, b);
  const std::vector<double> to_a = mean_of_those_above(a, b);
  const std::vector<double> to_b = mean_of_those_above(b, a);
  std::vector<double> out;
  out.reserve(own.size());
  // All three have the same mean. Shares have the mean 1/2.
  const double rest = 2 * mean_of(own) + 0.25;
  for (std::size_t i = 0; i < own.size(); ++i) out.push_back(own[i] + to_a[i] + to_b[i] - rest);
  return out;
}

}  // namespace

Outcomes correlation_parts(const std::vector<double>& covariance,
                           const std::vector<double>& variance_x,
                           const std::vector<double>& variance_y) {
  const double mean_x = mean_of(variance_x);
  const double mean_y = mean_of(variance_y);
  const double root = std::sqrt(mean_x * mean_y);
  if (!(root > 0)) return {};
  const double correlation = mean_of(covariance) / root;
  Outcomes out;
  out.reserve(covariance.size());
  for (std::size_t i = 0; i < covariance.size(); ++i) {
    const double of_variances = (variance_x[i] / mean_x + variance_y[i] / mean_y) / 2 - 1;
    out.push_back({covariance[i] / root - correlation * of_variances, 1});
  }
  return out;
}

Outcomes pearson_parts(const std::vector<double>& x, const std::vector<double>& y) {
  if (x.empty()) return {};
  const std::vector<double> dx = less_mean(x);
  const std::vector<double> dy = less_mean(y);
  return correlation_parts(products(dx, dy), products(dx, dx), products(dy, dy));
}

Outcomes spearman_parts(const std::vector<double>& x, const std::vector<double>& y) {
  if (x.empty()) return {};
  const std::vector<double> f = shares_below(x);
  const std::vector<double> g = shares_below(y);
  return correlation_parts(rank_covariance(f, g), rank_covariance(f, f), rank_covariance(g, g));
}

double pearson(const std::vector<double>& x, const std::vector<double>& y) {
  const std::size_t n = x.size();
  if (n < 2) throw Error("a correlation needs at least two samples");
  const auto constant = [](const std::vector<double>& series) {
    return std::all_of(series.begin(), series.end(), [&](double v) { return v == series[0]; });
  };
  if (constant(x) || constant(y)) return std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> dx = less_mean(x);
  const std::vector<double> dy = less_mean(y);
  const double xx = std::inner_product(dx.begin(), dx.end(), dx.begin(), 0.0);
  const double yy = std::inner_product(dy.begin(), dy.end(), dy.begin(), 0.0);
  const double xy = std::inner_product(dx.begin(), dx.end(), dy.begin(), 0.0);
  return std::clamp(xy / (std::sqrt(xx) * std::sqrt(yy)), -1.0, 1.0);
}

std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> out(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) ++last;
    const double rank = 1.0 + static_cast<double>(first + last) / 2.0;
    for (std::size_t i = first; i <= last; ++i) out[order[i]] = rank;
    first = last + 1;
  }
  return out;
}

}  // namespace quantbench::metric
