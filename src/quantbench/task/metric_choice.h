#pragma once

#include <string>
#include <vector>

#include "quantbench/task/task.h"

namespace quantbench::task {

/// A name that a task gives to one figure of a metric.
struct MetricAlias {
  std::string name;
  MetricChoice choice;
};

/// The choice of that name. Throws Error "unknown metric ..." with the nearest.
MetricChoice choose_metric(const std::vector<MetricAlias>& aliases, const std::string& name);

}  // namespace quantbench::task
