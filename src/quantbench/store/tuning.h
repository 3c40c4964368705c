#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "quantbench/base/record.h"

namespace quantbench::store {

/// How a search ended: what was asked, what was tried in which order, and what was decided. Losses
/// are in the unit of `figure`, above 0 where the candidate is worse than the original.
struct Tuning {
  /// One decision of the search, one line of its log.
  struct Step {
    /// Kinds: figures of more samples, more timing, a mixed precision, the confirmation samples.
    static constexpr std::string_view kEvaluate = "evaluate";
    static constexpr std::string_view kTime = "time";
    static constexpr std::string_view kMixed = "mixed";
    static constexpr std::string_view kConfirm = "confirm";
    /// Verdicts. `kKept`: it stays as good as the best; `kRefused`: by the confirmation samples.
    static constexpr std::string_view kGoesOn = "goes on";
    static constexpr std::string_view kStopped = "stopped";
    static constexpr std::string_view kKept = "kept";
    static constexpr std::string_view kRefused = "refused";
    static constexpr std::string_view kChosen = "chosen";
    /// How the reason begins where a candidate stopped because it is another one's model.
    static constexpr std::string_view kSameModel = "is the same model as ";

    std::string kind;       ///< one of the kinds above
    std::string candidate;  ///< the candidate in words
    std::string verdict;    ///< one of the verdicts above
    std::string reason;     ///< in words: "loses 0.147 on 100 samples, at least 0.09"
    std::int64_t samples = 0;
    /// Of the candidate on these samples, with its 95 % interval.
    std::optional<double> loss;
    std::optional<double> loss_low;
    std::optional<double> loss_high;
    /// Over the original, with its 95 % interval.
    std::optional<double> speedup;
    std::optional<double> speedup_low;
    std::optional<double> speedup_high;
    std::int64_t operators_in_float = 0;  ///< of mixed precision
    double seconds = 0;                   ///< since the search began

    static constexpr auto fields() {
      using S = Step;
      return std::tuple(
          field("kind", &S::kind), field("candidate", &S::candidate), field("verdict", &S::verdict),
          field("reason", &S::reason), field("samples", &S::samples), field("loss", &S::loss),
          field("loss_low", &S::loss_low), field("loss_high", &S::loss_high),
          field("speedup", &S::speedup), field("speedup_low", &S::speedup_low),
          field("speedup_high", &S::speedup_high),
          field("operators_in_float", &S::operators_in_float), field("seconds", &S::seconds));
    }
  };

  /// Objectives.
  static constexpr std::string_view kLatency = "latency";
  static constexpr std::string_view kThroughput = "throughput";
  static constexpr std::string_view kSize = "size";
  static constexpr std::string_view kMemory = "memory";
  /// Outcomes: the budget is shown to hold; held by the samples, which cannot show it; not held by
  /// any candidate; held only by candidates that are not better than the original in the objective;
  /// no candidate ran.
  static constexpr std::string_view kShown = "shown";
  static constexpr std::string_view kNotShown = "not_shown";
  static constexpr std::string_view kOutside = "outside";
  static constexpr std::string_view kNotBetter = "not_better";
  static constexpr std::string_view kNothing = "nothing";

  std::string figure;                 ///< the figure of the evaluation that the budget is about
  std::string objective;              ///< one of the objectives above
  double max_drop = 0;                ///< as asked for: see the next
  bool max_drop_is_relative = false;  ///< `max_drop` is a share of the original's figure
  double budget = 0;                  ///< the accepted loss
  std::int64_t seed = 0;              ///< divides the samples
  std::int64_t search_samples = 0;
  std::int64_t confirmation_samples = 0;
  bool finished = true;
  std::string unfinished_reason;  ///< in words; empty: it is finished
  std::string outcome;            ///< one of the outcomes above
  /// Index in RunResult::rows: the chosen one; of "outside" the nearest, of "not_better" the best
  /// of those that hold the budget; -1: none.
  std::int64_t row = -1;
  /// Of that row on the confirmation samples.
  std::optional<double> loss;
  /// The upper end of a one-sided interval of that loss, with `confidence`.
  std::optional<double> bound;
  double confidence = 0.95;
  /// About how many confirmation samples would show that the loss is within the budget.
  std::optional<std::int64_t> samples_needed;
  /// Names of faster models that the confirmation samples refused, in words.
  std::string refused;
  std::vector<std::int64_t> tied;  ///< rows that are as fast as the chosen one
  std::vector<Step> steps;         ///< in the order of the search

  static constexpr auto fields() {
    using T = Tuning;
    return std::tuple(
        field("figure", &T::figure), field("objective", &T::objective),
        field("max_drop", &T::max_drop), field("max_drop_is_relative", &T::max_drop_is_relative),
        field("budget", &T::budget), field("seed", &T::seed),
        field("search_samples", &T::search_samples),
        field("confirmation_samples", &T::confirmation_samples), field("finished", &T::finished),
        field("unfinished_reason", &T::unfinished_reason), field("outcome", &T::outcome),
        field("row", &T::row), field("loss", &T::loss), field("bound", &T::bound),
        field("confidence", &T::confidence), field("samples_needed", &T::samples_needed),
        field("refused", &T::refused), field("tied", &T::tied), field("steps", &T::steps));
  }
};

}  // namespace quantbench::store
