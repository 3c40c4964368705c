#include "quantbench/analysis/change.h"

#include <cmath>

#include "quantbench/analysis/comparison.h"
#include "quantbench/analysis/figures.h"
#include "quantbench/metric/outcomes.h"

namespace quantbench::analysis {

namespace {

using Interval = measure::Ratio::Interval;

std::optional<metric::Outcomes> outcomes(const store::RunResult& result, const store::Row& row,
                                         const std::string& figure) {
  const auto found = row.outcomes.find(figure);
  if (found == row.outcomes.end()) return std::nullopt;
  return metric::outcomes_of_digits(found->second, result.evaluation_samples);
}

/// Interval of the change of a share of right samples, as a fraction.
std::optional<Interval> paired_interval(const store::RunResult& result, const store::Row& row,
                                        const std::string& figure) {
  const store::Row* original = store::original_of(result, row);
  if (original == nullptr || result.evaluation_samples == 0) return std::nullopt;
  const auto before = outcomes(result, *original, figure);
  const auto after = outcomes(result, row, figure);
  if (!before || !after) return std::nullopt;
  double lost = 1;
  double won = 1;
  for (std::size_t i = 0; i < before->size(); ++i) {
    if ((*before)[i] && !(*after)[i]) ++lost;
    if (!(*before)[i] && (*after)[i]) ++won;
  }
  const double samples = static_cast<double>(before->size()) + 2;
  const double change = (won - lost) / samples;
  const double half = kTwoSided95 * std::sqrt(((won + lost) / samples - change * change) / samples);
  return Interval{change - half, change + half};
}

/// Half the interval of a change as if both had seen other samples, as a fraction.
std::optional<double> unpaired_half(const store::RunResult& result, double before, double after) {
  const auto samples = static_cast<double>(result.evaluation_samples);
  if (samples == 0 || !(before >= 0) || !(before <= 1) || !(after >= 0) || !(after <= 1))
    return std::nullopt;
  return kTwoSided95 * std::sqrt((before * (1 - before) + after * (1 - after)) / samples);
}

}  // namespace

std::optional<Change> change_of(const store::RunResult& result, const store::Row& row,
                                const std::string& figure) {
  if (!row.quantized || row.status != store::Row::Status::kOk) return std::nullopt;
  const auto before = analysis::figure(original_evaluation(result, row), figure);
  const auto after = analysis::figure(row.evaluation, figure);
  if (!before || !after || !std::isfinite(*before) || !std::isfinite(*after)) return std::nullopt;
  Change change{.before = *before, .after = *after, .interval = {}, .paired = false};
  const auto meaning = meaning_of(result, figure);
  if (!meaning || !meaning->is_share) return change;
  const double whole = 100 * meaning->point;
  if (const auto found = paired_interval(result, row, figure)) {
    change.interval = {found->low * whole, found->high * whole};
    change.paired = true;
  } else if (const auto half = unpaired_half(result, *before / whole, *after / whole)) {
    change.interval = {change.value() - *half * whole, change.value() + *half * whole};
  }
  return change;
}

}  // namespace quantbench::analysis
