#include "quantbench/metric/averaged_score.h"

namespace quantbench::metric {

/// Fraction of a class's predictions that are correct: tp / (tp + fp).
void register_precision(MetricRegistry& registry) {
  register_averages(registry, "precision", precision);
}

}  // namespace quantbench::metric
