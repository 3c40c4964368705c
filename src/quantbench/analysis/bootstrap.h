#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "quantbench/metric/registry.h"

namespace quantbench::analysis {

inline constexpr std::size_t kReplicates = 10'000;

/// One-sided bound of the loss of a figure that is a ratio of two sums over the samples: ratio of
/// `first` less ratio of `second`, as a fraction. Larger losses are excluded with the given
/// confidence. Both models saw the same samples.
///
/// The Bayesian bootstrap (Rubin, Annals of Statistics 9, 1981): each replicate weighs the samples
/// at random, with weights from the exponential distribution, and computes both ratios anew. The
/// bound is the quantile of their differences.
///
/// Where few samples changed, their spread says too little: with no changed sample the bound would
/// be 0. So one sample is added that the first model has wholly right and the second one wholly
/// wrong. Where all samples are right or wrong, and only lost, this is Clopper and Pearson's exact
/// bound: 3 / samples where none changed. For means of values between 0 and 1, an added sample of
/// full size makes the bound of Gaffke (Mathematical Methods of Statistics 14, 2005; Learned-Miller
/// and Thomas, arXiv 1905.06208). Here it is as large as the changed samples are on average, where
/// one wholly changed, large sample counts among these (compare paired_interval). Large means: a
/// tenth of the denominator lies in larger ones.
///
/// The weights come from std::mt19937_64 by arithmetic of our own. Equal input gives equal bounds
/// on every machine, up to rounding. nullopt if the models have different numbers of samples, or if
/// no sample counts for one of them.
std::optional<double> bootstrap_bound(const metric::Outcomes& first, const metric::Outcomes& second,
                                      double confidence, std::uint64_t seed = 0,
                                      std::size_t replicates = kReplicates);

}  // namespace quantbench::analysis
