#pragma once

#include <optional>

#include "quantbench/measure/timing.h"

namespace quantbench::measure {

/// How two timings compare: `after` / `before`, with a 95 % confidence interval where there is
/// enough to give one.
struct Ratio {
  struct Interval {
    double low = 0;
    double high = 0;
  };
  double value = 0;
  std::optional<Interval> interval;
};

/// Ratio of mean latencies. The interval is Welch's on the logarithm of the means (delta method:
/// var(log mean) = var(mean) / mean^2, degrees of freedom by Welch and Satterthwaite), as for the
/// comparison of two alternatives in Georges, Buytaert and Eeckhout, "Statistically Rigorous Java
/// Performance Evaluation" (OOPSLA 2007, section 3.3), here of a ratio.
///
/// Forwards that follow each other are no independent samples: frequency and caches drift. So the
/// variance of a mean is that of non-overlapping batch means (Law, "Simulation Modeling and
/// Analysis", section 9.5.3): the latencies in the order measured are cut into sqrt(n), 4 to 30,
/// stretches of equal length. Without single latencies (an older result), latency_std and
/// nb_forwards take their place, as if forwards were independent; with fewer than 4 forwards, or
/// without a standard deviation (a card), there is no interval.
///
/// nullopt when a mean is not known or not positive. The interval is about the noise within a run,
/// not about what differs from one start of the program to the next.
std::optional<Ratio> latency_ratio(const Timing& before, const Timing& after);

/// 97.5 % point of Student's t, by the expansion of Abramowitz and Stegun 26.7.5; within 0.5 % from
/// 3 degrees of freedom on.
double student_975(double degrees_of_freedom);

}  // namespace quantbench::measure
