#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>

#include "quantbench/metric/outcomes.h"
#include "quantbench/metric/registry.h"
#include "quantbench/search/tune.h"
#include "quantbench/store/result.h"

namespace quantbench::search {

/// Numbers of samples that a search looks at. The first half of the shuffled split is for the
/// search, the second half for the proof.
class Samples {
 public:
  /// Fewer than these cannot tell a loss of a point from chance in either half.
  static constexpr std::size_t kFewest = 20;

  /// `accepts_a_loss`: see evaluated_for.
  Samples(std::size_t all, bool accepts_a_loss)
      : all_(all), has_proof_in_last_look_(accepts_a_loss || all <= kFew) {}

  std::size_t all() const { return all_; }
  std::size_t search() const { return all_ / 2; }
  /// Of the first look at a candidate.
  std::size_t first() const { return std::min(kFirst, search()); }
  /// Of the look after one at `samples`. A last look that adds little is not worth one of its own.
  std::size_t after(std::size_t samples) const {
    const std::size_t next = samples == 0 ? first() : samples * kGrowth;
    return next * 2 > search() ? search() : next;
  }
  /// Number of samples to evaluate for the loss on the first `samples`. A candidate that comes to
  /// the end of the search mostly passes it, and needs the samples of the proof too: opening its
  /// model once more would take longer. Not so where no loss at all is accepted, unless the samples
  /// are few.
  std::size_t evaluated_for(std::size_t samples) const {
    return has_proof_in_last_look_ && samples == search() ? all_ : samples;
  }

 private:
  static constexpr std::size_t kFirst = 100;
  static constexpr std::size_t kFew = 1000;
  static constexpr std::size_t kGrowth = 4;

  std::size_t all_ = 0;
  bool has_proof_in_last_look_ = true;
};

/// What a candidate loses on some samples, in the unit of the figure; below 0: it gains.
struct Loss {
  double value = 0;
  double low = 0;  ///< of its 95 % interval
  double high = 0;
  std::size_t samples = 0;

  /// Of `value`.
  double standard_error() const;
};

/// The accepted loss, and the losses that are compared with it.
class Budget {
 public:
  /// `original`: its row, evaluated on samples.evaluated_for(samples.search()) samples of a run
  /// that `header` describes. Its first figure is what may be lost. Throws Error: no metric says
  /// what is lost, a metric without a value for a single sample, or one that has no points where
  /// `max_drop` is not given.
  Budget(store::RunResult header, const store::Row& original, const Samples& samples,
         const std::optional<analysis::Allowance>& max_drop);

  const std::string& figure() const { return figure_; }
  const metric::Figure& meaning() const { return meaning_; }
  /// As it was asked for, and in the unit of the figure.
  const analysis::Allowance& allowance() const { return allowance_; }
  double value() const { return value_; }

  /// Of the first `samples` samples, of a row in which Samples::evaluated_for(samples) are
  /// evaluated. nullopt: it has none.
  std::optional<metric::Outcomes> outcomes_of(const store::Row& row, std::size_t samples) const;
  /// The loss on the first `samples` samples. nullopt: the figure has no value there.
  std::optional<Loss> loss_of(const store::Row& row, std::size_t samples) const;

  bool holds(const Loss& loss) const;
  /// Whether it may hold: the loss, less its standard error, is within the budget.
  bool may_hold(const Loss& loss) const;
  /// Whether it does not hold for sure: the whole interval is beyond the budget.
  bool is_broken_by(const Loss& loss) const { return loss.low > value_; }

 private:
  Samples samples_;
  std::string figure_;
  metric::Figure meaning_;
  analysis::Allowance allowance_;
  double value_ = 0;
  metric::Outcomes original_;  ///< of the samples of the search
};

}  // namespace quantbench::search
