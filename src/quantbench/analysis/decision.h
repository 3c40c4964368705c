#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "quantbench/measure/ratio.h"
#include "quantbench/metric/registry.h"

namespace quantbench::analysis {

inline constexpr double kConfidence = 0.95;

/// How much a model loses of a figure against its original, and how much at most.
struct Bound {
  double loss = 0;    ///< on these samples, in the figure's unit; negative: it is better
  double upper = 0;   ///< one-sided bound: larger losses are excluded with `confidence`
  double spread = 0;  ///< standard error of `loss`
  double confidence = kConfidence;
  std::size_t samples = 0;  ///< all, whether they count for the figure or not
  double unit = 1;          ///< the figure's whole: 1 of a fraction, 100 of one in per cent

  bool operator==(const Bound&) const = default;
};

/// Compares two models sample by sample. `original` and `candidate` have the parts of the same
/// samples in the same order; `meaning` says which direction is better and in which unit the figure
/// is.
///
/// A figure whose samples are right or wrong (accuracy, exact match, recall of one class) has an
/// exact test of the paired difference, ordered by Tango's score (right_wrong.h). Other figures
/// (precision, F1 of classes, chunks and words) have a bootstrap over the samples (bootstrap.h).
/// docs/measuring.md has the measured confidence of both.
///
/// nullopt if the models have different numbers of samples, or if no sample counts for one of them
/// (a precision without a positive prediction).
std::optional<Bound> bound_of_loss(const metric::Figure& meaning, const metric::Outcomes& original,
                                   const metric::Outcomes& candidate,
                                   double confidence = kConfidence, std::uint64_t seed = 0);

/// The two-sided 95 % interval of the loss, in the figure's unit: paired_interval, turned round.
std::optional<measure::Ratio::Interval> loss_interval(const metric::Figure& meaning,
                                                      const metric::Outcomes& original,
                                                      const metric::Outcomes& candidate);

/// About how many samples would show that the loss stays within `budget`, if the loss on them were
/// the same; two digits, rounded up. By the square-root law: of the distance between loss and
/// bound, z spreads shrink with the root of the samples, the rest with their number. nullopt where
/// the loss is at the budget or beyond it, because more samples would not help.
std::optional<std::int64_t> samples_needed(const Bound& bound, double budget);

/// How a candidate ended on the confirmation samples.
enum class Outcome {
  kShown,     ///< its loss is at most the budget, with confidence
  kNotShown,  ///< its loss is within the budget, but the samples do not show it
  kOutside,   ///< its loss is beyond the budget
};

/// "shown", "not_shown", "outside"
std::string_view name_of(Outcome outcome);

struct Decision {
  Outcome outcome = Outcome::kNotShown;
  std::optional<Bound> bound = {};
  double budget = 0;                                ///< the accepted loss, in the figure's unit
  std::optional<std::int64_t> samples_needed = {};  ///< only for kNotShown
  /// Candidates that were refused on the same samples before this one.
  std::size_t refused_before = 0;

  bool operator==(const Decision&) const = default;
};

/// Judges a bound. A candidate that was tried after others were refused on the same samples is the
/// best of several there: its bound says too much, and it is never kShown. Without a bound
/// (bound_of_loss gave none) nothing is shown.
Decision decide(const std::optional<Bound>& bound, double budget, std::size_t refused_before = 0);

/// The decision in words, without a full stop:
///
///   "loses at most 0.006 with 95 % confidence on 436 samples"
///   "436 samples cannot show a loss below 0.021; about 1,900 would show 0.01"
///   "loses 0.147 on 436 samples, which is 0.137 more than the accepted 0.01"
///
/// Bounds are rounded up, never beyond the budget of a loss that is shown.
std::string sentence(const Decision& decision);

/// The samples of an evaluation in two parts: the first ones, on which a model is searched, and
/// the others, on which it is confirmed.
struct Halves {
  metric::Outcomes search;
  metric::Outcomes confirmation;
};

/// Cuts behind the first `search_samples`; behind the last one where there are fewer.
Halves halves_of(const metric::Outcomes& outcomes, std::size_t search_samples);

/// The figure's value on these samples, in its unit. Exact for ratios of sums; for an average over
/// classes it agrees to first order, because the parts were made for all samples. nullopt if no
/// sample counts.
std::optional<double> value_on(const metric::Figure& meaning, const metric::Outcomes& outcomes);

}  // namespace quantbench::analysis
