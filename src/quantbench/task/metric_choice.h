#pragma once

#include <string>
#include <vector>

#include "quantbench/task/task.h"

namespace quantbench::task {

/// A task's name for one figure of a metric.
struct MetricAlias {
  std::string name;
  MetricChoice choice;
};

/// The choice with this name. Throws Error "unknown metric ..." with the nearest name.
MetricChoice choose_metric(const std::vector<MetricAlias>& aliases, const std::string& name);

}  // namespace quantbench::task
