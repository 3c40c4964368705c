#include "quantbench/base/decibels.h"

#include <cmath>
#include <limits>

namespace quantbench {

double decibels(double signal, double noise) {
  if (noise <= 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(signal / noise);
}

}  // namespace quantbench
