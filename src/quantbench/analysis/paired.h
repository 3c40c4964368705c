#pragma once

#include <optional>

#include "quantbench/measure/ratio.h"
#include "quantbench/metric/registry.h"

namespace quantbench::analysis {

/// 97.5 % point of the normal distribution.
inline constexpr double kTwoSided95 = 1.959963984540054;

/// 95 % interval of the change of a figure between two models, after - before, as a fraction. Both
/// saw the same samples; the interval compares them sample by sample.
///
/// The figure is a ratio of two sums. Sample i changes it, to first order, by
///
///   z_i = R2 + (n2_i - R2 d2_i) / mean(d2) - R1 - (n1_i - R1 d1_i) / mean(d1)
///
/// where {n_i, d_i} is the sample's part (Taylor linearization: Cochran, Sampling Techniques, 3rd
/// edition, section 6.3). The mean of the z_i is the change; their spread gives its variance.
///
/// Where few samples changed, their spread says too little: with no changed sample the interval
/// would have no width. So two samples are added, one that gained and one that lost. A figure of
/// right and wrong samples then has the adjusted Wald interval of Bonett and Price (Journal of
/// Educational and Behavioral Statistics 37, 2012), which adds one sample to each kind of
/// disagreement. In general, the added samples are as large as the changed ones on average, where
/// one wholly changed sample counts among these.
///
/// A sample that counts for neither model, {0, 0}, has no influence. nullopt if the models have
/// different numbers of samples, or if no sample counts for one of them (a precision without a
/// positive prediction).
std::optional<measure::Ratio::Interval> paired_interval(const metric::Outcomes& before,
                                                        const metric::Outcomes& after);

}  // namespace quantbench::analysis
