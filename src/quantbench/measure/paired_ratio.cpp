#include "quantbench/measure/paired_ratio.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "quantbench/measure/ratio.h"
#include "quantbench/measure/statistics.h"

namespace quantbench::measure {

namespace {

constexpr double kTrimmed = 0.25;
constexpr std::size_t kFewestRounds = 4;
constexpr std::size_t kMostPairedBatches = 20;
/// What starts usually differ by (0.4 % of a ratio), and how much this counts: as four starts more.
constexpr double kUsualBetween = 0.004;
constexpr double kUsualFreedom = 4;

/// Without the share kTrimmed of the values at either end; a value at the edge counts in part.
double trimmed_mean(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto count = static_cast<double>(values.size());
  const double cut = kTrimmed * count;
  const auto whole = static_cast<std::size_t>(cut);
  const double part = 1 - (cut - static_cast<double>(whole));
  double sum = 0;
  double weights = 0;
  for (std::size_t i = whole; i + whole < values.size(); ++i) {
    const bool at_edge = i == whole || i + whole + 1 == values.size();
    const double weight = at_edge ? part : 1;
    sum += weight * values[i];
    weights += weight;
  }
  return sum / weights;
}

/// An estimate with the variance of its noise.
struct Part {
  double value = 0;
  double variance = 0;
  double freedom = 0;
  double rounds = 0;
};

/// Batches of consecutive rounds.
std::size_t batches_of(std::size_t rounds) {
  const auto root = static_cast<std::size_t>(std::sqrt(static_cast<double>(rounds)));
  return std::min(std::clamp(2 * root, kFewestRounds, kMostPairedBatches), rounds);
}

/// The jackknife leaves out one batch at a time.
Part of_start(const std::vector<double>& rounds) {
  const std::size_t batches = batches_of(rounds.size());
  std::vector<double> without;
  for (std::size_t batch = 0; batch < batches; ++batch) {
    const std::size_t begin = batch * rounds.size() / batches;
    const std::size_t end = (batch + 1) * rounds.size() / batches;
    std::vector<double> rest(rounds.begin(), rounds.begin() + static_cast<std::ptrdiff_t>(begin));
    rest.insert(rest.end(), rounds.begin() + static_cast<std::ptrdiff_t>(end), rounds.end());
    without.push_back(trimmed_mean(std::move(rest)));
  }
  const double deviation = standard_deviation(without);
  const auto count = static_cast<double>(batches);
  return {trimmed_mean(rounds), (count - 1) * deviation * deviation, count - 1,
          static_cast<double>(rounds.size())};
}

/// A row's starts, each with at least kFewestRounds; fewer rounds count as one start.
std::vector<Part> parts_of(const LogRatios& row) {
  std::vector<Part> parts;
  std::vector<double> all;
  bool each_suffices = true;
  for (const auto& start : row) {
    if (start.empty()) continue;
    all.insert(all.end(), start.begin(), start.end());
    each_suffices &= start.size() >= kFewestRounds;
  }
  if (all.size() < 2) return {};
  if (!each_suffices) return {of_start(all)};
  for (const auto& start : row) {
    if (!start.empty()) parts.push_back(of_start(start));
  }
  return parts;
}

/// The mean over the starts, with the noise within them.
Part joined(const std::vector<Part>& parts) {
  Part out;
  for (const Part& part : parts) out.rounds += part.rounds;
  for (const Part& part : parts) {
    const double weight = part.rounds / out.rounds;
    out.value += weight * part.value;
    out.variance += weight * weight * part.variance;
    out.freedom += part.freedom;
  }
  return out;
}

/// What the rows of a group tell together of the variance between starts.
class BetweenStarts {
 public:
  void add(const std::vector<Part>& parts) {
    if (parts.size() < 2) return;
    std::vector<double> values;
    double within = 0;
    for (const Part& part : parts) {
      values.push_back(part.value);
      within += part.variance / static_cast<double>(parts.size());
    }
    const double whole = sample_variance(values);
    whole_ += whole;
    beyond_noise_ += whole - within;
    rows_ += 1;
    freedom_of_row_ = std::max(freedom_of_row_, static_cast<double>(parts.size() - 1));
  }

  /// Adds its part to the noise of a row, by the number of its starts.
  void add_to(Part& row, double starts) const {
    if (rows_ == 0 || starts < 2) return;
    // Rows share their original: half of what they vary by is the same in all of them.
    const double freedom = freedom_of_row_ * rows_ / (1 + (rows_ - 1) / 4);
    const double found = std::max(0.0, beyond_noise_ / rows_);
    const double usual = kUsualBetween * kUsualBetween;
    const double joined = (freedom * found + kUsualFreedom * usual) / (freedom + kUsualFreedom);
    const double added = std::max(found, joined) / starts;
    const double variance = row.variance + added;
    double term = added * added / (freedom + kUsualFreedom);
    if (found > usual) {
      const double whole = std::min(whole_ / rows_ / starts, variance);
      term = whole * whole / freedom;
    }
    row.freedom = variance * variance / (row.variance * row.variance / row.freedom + term);
    row.variance = variance;
  }

 private:
  double whole_ = 0;
  double beyond_noise_ = 0;
  double rows_ = 0;
  double freedom_of_row_ = 0;
};

}  // namespace

Starts starts_of(const Timing& timing) {
  if (timing.turns.empty()) return {};
  // One start is written as none.
  auto ends = timing.starts;
  if (ends.empty()) ends.push_back(timing.nb_forwards);
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  Starts out(1);
  std::int64_t at = 0;
  for (const std::int64_t forwards : timing.turns) {
    if (at == ends[out.size() - 1]) out.emplace_back();
    const auto begin = timing.latencies.begin() + at;
    out.back().push_back({.latencies = {begin, begin + forwards}});
    at += forwards;
  }
  return out;
}

LogRatios log_ratios(const Starts& original, const Starts& row) {
  LogRatios out;
  for (std::size_t start = 0; start < std::min(original.size(), row.size()); ++start) {
    std::vector<double>& ratios = out.emplace_back();
    const std::size_t rounds = std::min(original[start].size(), row[start].size());
    for (std::size_t round = 0; round < rounds; ++round) {
      ratios.push_back(
          std::log(mean(original[start][round].latencies) / mean(row[start][round].latencies)));
    }
  }
  return out;
}

std::vector<std::optional<PairedEstimate>> estimate(const std::vector<LogRatios>& rows,
                                                    std::size_t looks) {
  std::vector<std::vector<Part>> parts;
  BetweenStarts between;
  for (const LogRatios& row : rows) {
    parts.push_back(parts_of(row));
    between.add(parts.back());
  }
  const double widened = 1 + std::min(0.1, 0.02 * static_cast<double>(looks));
  std::vector<std::optional<PairedEstimate>> out;
  for (const auto& row : parts) {
    if (row.empty()) {
      out.emplace_back();
      continue;
    }
    Part whole = joined(row);
    const double within = whole.variance;
    between.add_to(whole, static_cast<double>(row.size()));
    PairedEstimate& made = out.emplace_back(PairedEstimate()).value();
    if (whole.variance > 0) made.between_starts = 1 - within / whole.variance;
    made.log_value = whole.value;
    made.half = student_975(std::max(1.0, whole.freedom)) * std::sqrt(whole.variance) * widened;
    made.rounds = static_cast<std::size_t>(whole.rounds);
    made.starts = row.size();
  }
  return out;
}

Shift left_out_shift(const LogRatios& row, const PairedEstimate& estimate) {
  std::vector<double> all;
  for (const auto& start : row) all.insert(all.end(), start.begin(), start.end());
  if (all.size() < kFewestRounds) return {};
  const std::size_t batches = batches_of(all.size());
  std::vector<double> means;
  for (std::size_t batch = 0; batch < batches; ++batch) {
    const std::size_t begin = batch * all.size() / batches;
    const std::size_t end = (batch + 1) * all.size() / batches;
    means.push_back(mean(std::span(all).subspan(begin, end - begin)));
  }
  return {mean(all) - estimate.log_value,
          std::sqrt(sample_variance(means) / static_cast<double>(batches))};
}

}  // namespace quantbench::measure
