#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "quantbench/metric/registry.h"

namespace quantbench::metric {

/// Class ids of predictions and references, of equal length and at least one. Throws Error for a
/// value that is not an integer.
struct ClassIds {
  std::vector<std::int64_t> predictions;
  std::vector<std::int64_t> references;
};
ClassIds class_ids(const Input& input);

/// The same as real numbers (regression). Throws Error for a value that is not a number.
struct Numbers {
  std::vector<double> predictions;
  std::vector<double> references;
};
Numbers numbers(const Input& input);

/// Throws Error if there are no predictions, or if their number differs from the number of
/// references.
void require_same_length(const Input& input);

}  // namespace quantbench::metric
