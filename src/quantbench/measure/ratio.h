#pragma once

#include <optional>

#include "quantbench/measure/student.h"
#include "quantbench/measure/timing.h"

namespace quantbench::measure {

/// Comparison of two timings: `after` / `before`, with a 95 % confidence interval if there is
/// enough data.
struct Ratio {
  struct Interval {
    double low = 0;
    double high = 0;
  };
  double value = 0;
  std::optional<Interval> interval;
};

/// Variance of a mean latency relative to its square, with the degrees of freedom of that estimate.
struct Spread {
  double relative_variance = 0;
  double degrees_of_freedom = 0;
};

/// The noise of a mean latency within the starts of the process.
///
/// Consecutive forwards are not independent samples, because frequency and caches drift. The
/// variance therefore comes from non-overlapping batch means (Law, "Simulation Modeling and
/// Analysis", section 9.5.3): the latencies, in measured order, are cut into sqrt(n), 4 to 30,
/// batches of equal length. With several starts each has its share of the batches, at least 2, and
/// no batch holds forwards of two starts; the variances of the starts' means add up.
///
/// Without single latencies (an older result), latency_std and nb_forwards are used as if forwards
/// were independent. nullopt with fewer than 4 forwards, with a start of one forward, and without a
/// standard deviation (a card).
std::optional<Spread> spread_within_starts(const Timing& timing);

/// The noise of a mean latency that comes from starting the process again, with another memory
/// layout and other choices of kernels (Kalibera and Jones, "Rigorous Benchmarking in Reasonable
/// Time", ISMM 2013): the variance between the means of the starts, divided by their number.
/// nullopt with fewer than 2 starts.
std::optional<Spread> spread_between_starts(const Timing& timing);

/// The noise of a mean latency: the larger of the two above.
std::optional<Spread> spread_of_mean(const Timing& timing);

/// Ratio of mean latencies. The interval is Welch's on the logarithm of the means (delta method:
/// var(log mean) = var(mean) / mean^2, degrees of freedom by Welch and Satterthwaite). It follows
/// the comparison of two alternatives in Georges, Buytaert and Eeckhout, "Statistically Rigorous
/// Java Performance Evaluation" (OOPSLA 2007, section 3.3), applied to a ratio. The variance of
/// each mean is spread_of_mean; there is no interval where one of them is unknown.
///
/// nullopt if a mean is unknown or not positive. Of a timing with one start, the interval covers
/// the noise within a run, not the differences between two starts of the program.
std::optional<Ratio> latency_ratio(const Timing& before, const Timing& after);

}  // namespace quantbench::measure
