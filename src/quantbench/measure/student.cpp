#include "quantbench/measure/student.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace quantbench::measure {

namespace {

/// Abramowitz and Stegun 26.7.5, in powers of 1/n.
double by_expansion(double n) {
  constexpr double z = 1.959963984540054;
  const double z3 = z * z * z;
  const double z5 = z3 * z * z;
  const double z7 = z5 * z * z;
  const double z9 = z7 * z * z;
  return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) +
         (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n) +
         (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * z) / (92160 * n * n * n * n);
}

/// The integral of cos^(n - 1) from 0 to `angle`, by Simpson's rule.
double integral(double n, double angle) {
  constexpr int kIntervals = 100;
  const double step = angle / kIntervals;
  double sum = 0;
  for (int i = 0; i <= kIntervals; ++i) {
    const double weight = i == 0 || i == kIntervals ? 1 : i % 2 == 1 ? 4 : 2;
    sum += weight * std::pow(std::cos(i * step), n - 1);
  }
  return sum * step / 3;
}

/// With t = sqrt(n) tan(angle) the density of t becomes cos^(n - 1), up to a factor.
double by_integration(double n) {
  const double whole =
      std::sqrt(std::numbers::pi) * std::tgamma(n / 2) / std::tgamma((n + 1) / 2);  // -pi/2 to pi/2
  double low = 0;
  double high = std::numbers::pi / 2;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (integral(n, middle) < 0.475 * whole ? low : high) = middle;
  }
  return std::sqrt(n) * std::tan(low);
}

}  // namespace

double student_975(double degrees_of_freedom) {
  constexpr double kExpansionIsGood = 10;
  return degrees_of_freedom < kExpansionIsGood ? by_integration(std::max(1.0, degrees_of_freedom))
                                               : by_expansion(degrees_of_freedom);
}

}  // namespace quantbench::measure
