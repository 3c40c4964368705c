#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/analysis/change.h"
#include "quantbench/analysis/shape.h"
#include "quantbench/measure/ratio.h"
#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// Default accepted loss: one point of the figure.
inline constexpr double kAcceptedPoints = 1;

/// The fastest quantized row among those that lose no more than some amount, and its equals. Rows
/// are indices in RunResult::rows.
struct Choice {
  std::size_t row = 0;
  /// Rows within the loss whose latency cannot be told apart from this row's: the 95 % interval of
  /// the ratio of the two latencies holds 1.
  std::vector<std::size_t> as_fast;
  /// Rows within the loss with the same model: the same files, run in the same way. They are not
  /// among `as_fast`.
  std::vector<std::size_t> same_model;

  bool operator==(const Choice&) const = default;
};

/// The answers of one figure at one shape, for every accepted loss.
struct Choices {
  std::string figure;  ///< empty: the run has no figure that says what is lost
  Shape shape;
  struct Step {
    double loss = 0;  ///< from this accepted loss on, in the figure's unit (0: from no loss on)
    Choice choice;
  };
  std::vector<Step> steps;  ///< by rising loss
  /// The row with the smallest loss; nullopt when no quantized row has a speedup there.
  std::optional<std::size_t> nearest;

  /// The choice for that accepted loss; nullptr when every row loses more.
  const Choice* within(double loss) const;
};

/// Judges the quantized rows that were measured, have a speedup over their original at `shape` and,
/// when `figure` is not empty, a known loss of it. Rows in which nothing could be quantized are the
/// original and no candidates.
Choices choices(const store::RunResult& result, const std::string& figure, const Shape& shape);

/// The same for every figure at every shape, shape by shape; compares two latencies once only.
std::vector<Choices> all_choices(const store::RunResult& result,
                                 const std::vector<std::string>& figures,
                                 const std::vector<Shape>& shapes);

/// How a row's speed compares with its original's, by the 95 % interval of the speedup, or by the
/// speedup alone where it has none.
enum class Speed { kFaster, kSlower, kNotToldApart };
Speed speed_of(const measure::Ratio& speedup);

/// The row to deploy, with its gain, its loss and their uncertainty.
struct Answer {
  /// A search decided it (RunResult::tuning), by samples that no choice was made on. Otherwise it
  /// follows from the rows.
  bool decided = false;
  std::string figure;        ///< the headline figure; empty: none is known
  double accepted_loss = 0;  ///< in the figure's unit
  Shape shape;               ///< the first timed shape
  /// Whether `choice.row` loses no more than accepted. Otherwise every row loses more, and the row
  /// has the smallest loss.
  bool within = false;
  Choice choice;
  double latency_ms = 0;  ///< mean; of a search NaN where the row was not timed, as are the next
  double original_latency_ms = 0;
  double median_ms = 0;  ///< NaN: not known, as is the next
  double original_median_ms = 0;
  measure::Ratio speedup;
  Speed speed = Speed::kNotToldApart;
  std::optional<Change> change;  ///< of the figure
};

/// The answer for the headline figure, the first shape and a loss of kAcceptedPoints points (no
/// loss for a figure without points). nullopt when no quantized row was timed beside an original.
///
/// Of a run that searched it is what the search decided, for its figure and its budget; `within` is
/// then false where every candidate lost more. nullopt when the search names no row.
std::optional<Answer> answer(const store::RunResult& result);

}  // namespace quantbench::analysis
