#pragma once

#include <optional>

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

/// Ratio of mean latencies. The interval is Welch's on the logarithm of the means (delta method:
/// var(log mean) = var(mean) / mean^2, degrees of freedom by Welch and Satterthwaite). It follows
/// the comparison of two alternatives in Georges, Buytaert and Eeckhout, "Statistically Rigorous
/// Java Performance Evaluation" (OOPSLA 2007, section 3.3), applied to a ratio.
///
/// Consecutive forwards are not independent samples, because frequency and caches drift. The
/// variance of a mean therefore comes from non-overlapping batch means (Law, "Simulation Modeling
/// and Analysis", section 9.5.3): the latencies, in measured order, are cut into sqrt(n), 4 to 30,
/// batches of equal length.
///
/// Without single latencies (an older result), latency_std and nb_forwards are used as if forwards
/// were independent. With fewer than 4 forwards, or without a standard deviation (a card), there is
/// no interval.
///
/// nullopt if a mean is unknown or not positive. The interval covers the noise within a run, not
/// the differences between two starts of the program.
std::optional<Ratio> latency_ratio(const Timing& before, const Timing& after);

/// 97.5 % point of Student's t, by the expansion of Abramowitz and Stegun 26.7.5. The error is
/// below 0.5 % from 3 degrees of freedom on.
double student_975(double degrees_of_freedom);

}  // namespace quantbench::measure
