#pragma once

#include <span>
#include <vector>

namespace quantbench::measure {

/// Arithmetic mean, summed in extended precision; 0 for no values.
double mean(std::span<const double> values);

/// Population standard deviation (ddof 0), as numpy.std; 0 for no values.
double standard_deviation(std::span<const double> values);

/// Sample variance (ddof 1) of at least two values.
double sample_variance(std::span<const double> values);

/// numpy.quantile(values, q, method="linear") on unsorted values, bit for bit. Throws Error if
/// there are no values or q lies outside [0, 1].
double linear_quantile(std::vector<double> values, double q);

/// Like linear_quantile, for sorted values.
double sorted_quantile(std::span<const double> sorted, double q);

/// Python's round(value, digits): the decimal nearest to the exact binary value, ties to even.
double python_round(double value, int digits);

}  // namespace quantbench::measure
