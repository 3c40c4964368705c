#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "quantbench/measure/timing.h"
#include "quantbench/measure/turn.h"

namespace quantbench::measure {

/// The turns of one model: for each start of its process, one turn a round.
using Starts = std::vector<std::vector<Turn>>;

/// The turns of a timing, with their latencies. Empty: it was timed in one piece.
Starts starts_of(const Timing& timing);

/// log(mean latency of the original / mean latency of the row) for each round of each start in
/// which both had a turn. A round takes a fraction of a second, so that whatever else goes on in
/// the machine slows both alike, and most of it leaves their ratio.
using LogRatios = std::vector<std::vector<double>>;
LogRatios log_ratios(const Starts& original, const Starts& row);

/// How much faster a row is than its original.
struct PairedEstimate {
  double log_value = 0;  ///< of original / row
  double half = 0;       ///< of the 95 % interval, on the logarithm
  /// Share of the interval's variance that is between starts: more rounds do not make it smaller.
  double between_starts = 0;
  std::size_t rounds = 0;
  std::size_t starts = 0;
};

/// One estimate a row of a group, in order; nullopt for a row with fewer than two rounds.
///
/// The estimate is the interquartile mean of the log ratios, without the quarter that is highest
/// and the quarter that is lowest, for each start alone, then over the starts by their rounds. Load
/// comes in bursts: a start often has more than a tenth of its rounds disturbed, and seldom more
/// than a quarter at one end. bench/paired_estimators.py compares it with others. Where the rounds
/// left out are not alike at both ends, the ratio of the mean latencies is another one: see
/// left_out_shift.
///
/// The interval has two parts. Within a start: the jackknife over batches of consecutive rounds,
/// because neighbouring rounds are alike (Law, "Simulation Modeling and Analysis", section 9.5.3;
/// Efron, "The Jackknife", 1982). Between starts: memory layout and the choice of kernels differ
/// from one start of a process to the next (Kalibera and Jones, "Rigorous Benchmarking in
/// Reasonable Time", ISMM 2013). The few starts of one row do not tell its size. All rows of a
/// group therefore share one variance between starts, which is joined with what is usual where that
/// makes it larger, as the moderated t-statistic does (Smyth, Statistical Applications in Genetics
/// and Molecular Biology 3, 2004). Degrees of freedom by Satterthwaite. With one start there is no
/// second part.
///
/// `looks`: how often the interval was looked at before, to decide whether to go on. A measurement
/// that ends when its interval happens to be narrow has intervals that are too narrow. Each look
/// therefore widens them by 2 %, at most by a tenth: a guess, which no experiment has tested yet.
std::vector<std::optional<PairedEstimate>> estimate(const std::vector<LogRatios>& rows,
                                                    std::size_t looks);

/// How far the mean of all log ratios lies from their estimate: far where one of the two models
/// alone has slow rounds, which the estimate leaves out. Who runs the model for long has them.
struct Shift {
  double value = 0;
  double error = 0;  ///< standard error of the mean, by batches of consecutive rounds
};
/// Zero for fewer than four rounds.
Shift left_out_shift(const LogRatios& row, const PairedEstimate& estimate);

}  // namespace quantbench::measure
