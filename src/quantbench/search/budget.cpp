#include "quantbench/search/budget.h"

#include <cmath>
#include <utility>

#include "quantbench/analysis/decision.h"
#include "quantbench/analysis/figures.h"
#include "quantbench/analysis/paired.h"
#include "quantbench/base/error.h"

namespace quantbench::search {

namespace {

/// Losses are differences of sums: what is equal on paper may differ by rounding.
constexpr double kRounding = 1e-12;

}  // namespace

double Loss::standard_error() const { return (value - low) / analysis::kTwoSided95; }

Budget::Budget(store::RunResult header, const store::Row& original, const Samples& samples,
               const std::optional<analysis::Allowance>& max_drop)
    : samples_(samples) {
  header.rows = {original};
  const auto headline = analysis::headline_figure(header);
  if (!headline) {
    throw Error("no metric of this run says what is lost", "metrics",
                "name one: strategy_args.metric");
  }
  figure_ = *headline;
  meaning_ = *analysis::meaning_of(header, figure_);
  auto outcomes = outcomes_of(original, samples.search());
  if (!outcomes) {
    throw Error("metric '" + figure_ +
                    "' has no value for a single sample, so that a loss cannot be proved with it",
                "strategy_args.metric", "choose another metric, such as accuracy or f1");
  }
  original_ = *std::move(outcomes);
  if (max_drop) {
    allowance_ = *max_drop;
  } else if (meaning_.point > 0) {
    allowance_.amount = meaning_.point;
  } else {
    throw Error("metric '" + figure_ + "' has no points", "strategy_args.max_drop",
                "say which loss is accepted, in the metric's unit");
  }
  value_ = allowance_.amount;
  if (allowance_.relative) {
    value_ *= std::abs(analysis::value_on(meaning_, original_).value_or(0));
  }
}

std::optional<metric::Outcomes> Budget::outcomes_of(const store::Row& row,
                                                    std::size_t samples) const {
  const auto found = row.outcomes.find(figure_);
  if (found == row.outcomes.end()) return std::nullopt;
  auto out = metric::outcomes_of_text(found->second, samples_.evaluated_for(samples));
  if (out) out->resize(samples);
  return out;
}

std::optional<Loss> Budget::loss_of(const store::Row& row, std::size_t samples) const {
  const auto candidate = outcomes_of(row, samples);
  if (!candidate) return std::nullopt;
  const metric::Outcomes original(original_.begin(),
                                  original_.begin() + static_cast<std::ptrdiff_t>(samples));
  const auto before = analysis::value_on(meaning_, original);
  const auto after = analysis::value_on(meaning_, *candidate);
  const auto interval = analysis::loss_interval(meaning_, original, *candidate);
  if (!before || !after || !interval) return std::nullopt;
  return Loss{analysis::loss(meaning_, *before, *after), interval->low, interval->high, samples};
}

bool Budget::holds(const Loss& loss) const { return loss.value <= value_ + kRounding; }

bool Budget::may_hold(const Loss& loss) const {
  return loss.value - loss.standard_error() <= value_ + kRounding;
}

}  // namespace quantbench::search
