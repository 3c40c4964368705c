#include "quantbench/analysis/change.h"

#include <cmath>

#include "quantbench/analysis/comparison.h"
#include "quantbench/analysis/figures.h"
#include "quantbench/analysis/paired.h"
#include "quantbench/metric/outcomes.h"

namespace quantbench::analysis {

namespace {

std::optional<metric::Outcomes> outcomes(const store::RunResult& result, const store::Row& row,
                                         const std::string& figure) {
  const auto found = row.outcomes.find(figure);
  if (found == row.outcomes.end()) return std::nullopt;
  return metric::outcomes_of_text(found->second, result.evaluation_samples);
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
  if (!meaning) return change;
  const double whole = whole_of(*meaning);
  const store::Row* original = store::original_of(result, row);
  const auto parts_before = original ? outcomes(result, *original, figure) : std::nullopt;
  const auto parts_after = outcomes(result, row, figure);
  if (parts_before && parts_after) {
    if (const auto found = paired_interval(*parts_before, *parts_after)) {
      change.interval = {found->low * whole, found->high * whole};
      change.paired = true;
    }
  } else if (meaning->is_share) {
    if (const auto half = unpaired_half(result, *before / whole, *after / whole))
      change.interval = {change.value() - *half * whole, change.value() + *half * whole};
  }
  return change;
}

}  // namespace quantbench::analysis
