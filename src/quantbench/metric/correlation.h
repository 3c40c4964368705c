#pragma once

#include <vector>

namespace quantbench::metric {

/// Pearson's product-moment correlation of two series of equal length, in [-1, 1]. NaN if a series
/// is constant, because it is undefined there (scipy.stats.pearsonr). Throws Error for fewer than
/// two samples.
double pearson(const std::vector<double>& x, const std::vector<double>& y);

/// Ranks from 1; equal values share the mean of their ranks (scipy.stats.rankdata).
std::vector<double> ranks(const std::vector<double>& values);

}  // namespace quantbench::metric
