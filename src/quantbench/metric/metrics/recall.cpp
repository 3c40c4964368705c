#include "quantbench/metric/averaged_score.h"

namespace quantbench::metric {

/// Share of the references of a class that are found: tp / (tp + fn).
void register_recall(MetricRegistry& registry) { register_averages(registry, "recall", recall); }

}  // namespace quantbench::metric
