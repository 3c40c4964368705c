#include "quantbench/task/task.h"

#include <algorithm>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::task {

MetricChoice Task::metric(const std::string& name) const {
  metric::metrics().get(name);
  return {name, {}};
}

std::vector<std::string> Task::columns(const TaskContext& context) const {
  std::vector<std::string> columns = context.ref_keys;
  if (!context.data_keys.is_object()) return columns;
  for (const Json& column : context.data_keys) {
    if (column.is_string()) columns.push_back(column.get<std::string>());
  }
  return columns;
}

std::vector<std::string> metrics_or_default(const Task& task, std::vector<std::string> metrics) {
  return metrics.empty() ? task.default_metrics() : std::move(metrics);
}

void check_metrics(const Task& task, const std::vector<std::string>& metrics,
                   const std::vector<std::string>& labels) {
  for (const std::string& name : metrics) {
    metric::metrics().get(task.metric(name).metric).check(labels);
  }
}

std::vector<runtime::NamedTensor> select_inputs(const std::vector<runtime::NamedTensor>& given,
                                                const std::vector<runtime::InputInfo>& wanted) {
  std::vector<runtime::NamedTensor> selected;
  for (const runtime::InputInfo& input : wanted) {
    const auto found = std::find_if(
        given.begin(), given.end(),
        [&](const runtime::NamedTensor& candidate) { return candidate.name == input.name; });
    if (found == given.end()) {
      std::vector<std::string> names;
      for (const auto& candidate : given) names.push_back(candidate.name);
      throw Error("the model needs an input '" + input.name + "' that the task does not have", {},
                  "the task has " + join(names, ", "));
    }
    selected.push_back(*found);
  }
  return selected;
}

}  // namespace quantbench::task
