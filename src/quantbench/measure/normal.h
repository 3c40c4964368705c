#pragma once

namespace quantbench::measure {

/// The point of the standard normal distribution below which `probability` lies, for a probability
/// between 0 and 1 (0.95: 1.6449). Absolute error below 1e-12.
double normal_quantile(double probability);

}  // namespace quantbench::measure
