#pragma once

#include <vector>

#include "quantbench/metric/registry.h"

namespace quantbench::metric {

/// Pearson's product-moment correlation of two series of equal length, in [-1, 1]. NaN if a series
/// is constant, because it is undefined there (scipy.stats.pearsonr). Throws Error for fewer than
/// two samples.
double pearson(const std::vector<double>& x, const std::vector<double>& y);

/// Ranks from 1; equal values share the mean of their ranks (scipy.stats.rankdata).
std::vector<double> ranks(const std::vector<double>& values);

/// The part of each sample in the correlation r = covariance / sqrt(variance_x variance_y). Each
/// series has a value a sample: the mean is what its name says, and the distance from the mean is
/// what the sample adds to it, to first order (its influence function; Hampel, Journal of the
/// American Statistical Association 69, 1974).
///
/// The parts are {r + influence of the sample, 1}, so their mean is r. On some of the samples the
/// mean is their correlation to first order. Empty where the correlation is not defined.
Outcomes correlation_parts(const std::vector<double>& covariance,
                           const std::vector<double>& variance_x,
                           const std::vector<double>& variance_y);

/// The parts of Pearson's correlation. Both series have the same length.
Outcomes pearson_parts(const std::vector<double>& x, const std::vector<double>& y);

/// The parts of Spearman's rank correlation. A sample changes the ranks of the others too (Croux
/// and Dehon, Statistical Methods and Applications 19, 2010).
Outcomes spearman_parts(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace quantbench::metric
