#include "quantbench/metric/averaged_score.h"

namespace quantbench::metric {

/// Share of the predictions of a class that are right: tp / (tp + fp).
void register_precision(MetricRegistry& registry) {
  register_averages(registry, "precision", precision);
}

}  // namespace quantbench::metric
