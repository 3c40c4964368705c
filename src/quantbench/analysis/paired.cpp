#include "quantbench/analysis/paired.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "quantbench/metric/outcomes.h"

namespace quantbench::analysis {

namespace {

using metric::Outcomes;
using metric::Part;

/// What each sample adds to the figure R, to first order: R + (n - R d) / mean(d).
std::vector<double> linearized(const Outcomes& outcomes) {
  const Part sum = sum_of(outcomes);
  const double ratio = sum.ratio();
  const double mean = sum.denominator / static_cast<double>(outcomes.size());
  std::vector<double> out;
  out.reserve(outcomes.size());
  for (const Part& part : outcomes)
    out.push_back(ratio + (part.numerator - ratio * part.denominator) / mean);
  return out;
}

/// The change by a sample that turns from wholly wrong to wholly right, d / mean(d), for a sample
/// of the size in which a unit of the denominator lies on average. 1 where all have one size.
double whole_change(const Outcomes& outcomes) {
  double squares = 0;
  for (const Part& part : outcomes) squares += part.denominator * part.denominator;
  const double sum = sum_of(outcomes).denominator;
  return squares * static_cast<double>(outcomes.size()) / (sum * sum);
}

}  // namespace

std::optional<measure::Ratio::Interval> paired_interval(const Outcomes& all_before,
                                                        const Outcomes& all_after) {
  if (all_before.size() != all_after.size()) return std::nullopt;
  Outcomes before;
  Outcomes after;
  for (std::size_t i = 0; i < all_before.size(); ++i) {
    if (all_before[i] == Part{} && all_after[i] == Part{}) continue;
    before.push_back(all_before[i]);
    after.push_back(all_after[i]);
  }
  if (!(sum_of(before).denominator > 0) || !(sum_of(after).denominator > 0)) return std::nullopt;

  const std::vector<double> linear_before = linearized(before);
  const std::vector<double> linear_after = linearized(after);
  double sum = 0;
  double squares = 0;
  double fourths = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const double change = linear_after[i] - linear_before[i];
    const double square = change * change;
    sum += change;
    squares += square;
    fourths += square * square;
  }
  // Kish's effective number (Survey Sampling, 1965), with the squares as weights. Samples that all
  // change by the same amount count one each; those that only move because a mean moved hardly
  // count.
  const double changed = fourths > 0 ? squares * squares / fourths : 0;
  const double whole = std::max(whole_change(before), whole_change(after));
  const double added = (squares + whole * whole) / (changed + 1);

  const double samples = static_cast<double>(before.size()) + 2;
  const double center = sum / samples;
  const double half =
      kTwoSided95 * std::sqrt(((squares + 2 * added) / samples - center * center) / samples);
  if (!std::isfinite(center) || !std::isfinite(half)) return std::nullopt;
  return measure::Ratio::Interval{center - half, center + half};
}

}  // namespace quantbench::analysis
