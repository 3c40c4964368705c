#include "quantbench/task/metric_choice.h"

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::task {

MetricChoice choose_metric(const std::vector<MetricAlias>& aliases, const std::string& name) {
  std::vector<std::string> known;
  for (const MetricAlias& alias : aliases) {
    if (alias.name == name) return alias.choice;
    known.push_back(alias.name);
  }
  throw Error("unknown metric '" + name + "' of this task", {}, suggest(name, known));
}

}  // namespace quantbench::task
