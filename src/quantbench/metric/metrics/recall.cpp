#include "quantbench/metric/averaged_score.h"

namespace quantbench::metric {

/// Fraction of a class's references that are found: tp / (tp + fn).
void register_recall(MetricRegistry& registry) { register_averages(registry, "recall", recall); }

}  // namespace quantbench::metric
