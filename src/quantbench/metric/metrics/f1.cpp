#include "quantbench/metric/averaged_score.h"

namespace quantbench::metric {

/// Harmonic mean of precision and recall: 2 tp / (2 tp + fp + fn).
void register_f1(MetricRegistry& registry) { register_averages(registry, "f1", f1); }

}  // namespace quantbench::metric
