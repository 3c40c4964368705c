#include "quantbench/measure/normal.h"

#include <cmath>
#include <numbers>

namespace quantbench::measure {

double normal_quantile(double probability) {
  double low = -38;  // the density is 0 beyond
  double high = 38;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (0.5 * std::erfc(-middle / std::numbers::sqrt2) < probability ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace quantbench::measure
