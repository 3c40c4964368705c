#include "quantbench/analysis/figures.h"

#include <algorithm>
#include <array>

#include "quantbench/base/error.h"
#include "quantbench/task/task.h"

namespace quantbench::analysis {

namespace {

constexpr std::array<const char*, 3> kTimeFigures = {"total_time_in_seconds", "samples_per_second",
                                                     "latency_in_seconds"};

/// Whether two names are of one figure in either generation of cards.
bool is_same_figure(const std::string& a, const std::string& b) {
  return a == b || a == "overall_" + b || b == "overall_" + a;
}

void add_once(std::vector<std::string>& list, const std::string& name) {
  if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
}

std::vector<std::string> spec_metrics(const store::RunResult& result) {
  std::vector<std::string> out;
  const Json metrics = result.spec.value("metrics", Json::array());
  for (const Json& metric : metrics) {
    if (metric.is_string()) out.push_back(metric.get<std::string>());
  }
  return out;
}

/// What the run's task means by a metric's name; the name itself where neither task nor metric is
/// known to this program.
task::MetricChoice choice_of(const store::RunResult& result, const std::string& metric) {
  const Json name = result.spec.value("task", Json());
  const task::Task* task = name.is_string() ? task::tasks().find(name.get<std::string>()) : nullptr;
  if (task == nullptr) return {metric, ""};
  try {
    return task->metric(metric);
  } catch (const Error&) {
    return {metric, ""};
  }
}

std::vector<metric::Figure> declared(const std::string& metric) {
  const metric::Metric* found = metric::metrics().find(metric);
  return found == nullptr ? std::vector<metric::Figure>{} : found->figures();
}

}  // namespace

std::span<const char* const> time_figures() { return kTimeFigures; }

bool is_time_figure(const std::string& figure) {
  return std::find(kTimeFigures.begin(), kTimeFigures.end(), figure) != kTimeFigures.end();
}

std::optional<double> figure(const std::map<std::string, double>& evaluation,
                             const std::string& name) {
  auto found = evaluation.find(name);
  if (found == evaluation.end()) found = evaluation.find("overall_" + name);
  if (found == evaluation.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> figure_names(const store::RunResult& result) {
  std::vector<std::string> ordered = result.figures;
  if (ordered.empty()) {
    std::vector<std::string> present;
    for (const store::Row& row : result.rows) {
      for (const auto& [name, value] : row.evaluation) add_once(present, name);
    }
    const auto add_present = [&](const std::string& name) {
      if (std::find(present.begin(), present.end(), name) != present.end()) add_once(ordered, name);
    };
    for (const std::string& metric : spec_metrics(result)) {
      add_present(metric);
      for (const metric::Figure& declaration : declared(metric)) add_present(declaration.name);
    }
    for (const std::string& name : present) add_once(ordered, name);
  }
  std::erase_if(ordered, is_time_figure);
  return ordered;
}

std::optional<metric::Figure> meaning_of(const store::RunResult& result, const std::string& name) {
  const auto found_in = [&](const std::string& metric,
                            const std::string& wanted) -> std::optional<metric::Figure> {
    for (const metric::Figure& declaration : declared(metric)) {
      if (is_same_figure(declaration.name, wanted)) return declaration;
    }
    return std::nullopt;
  };
  for (const std::string& metric : spec_metrics(result)) {
    const task::MetricChoice choice = choice_of(result, metric);
    if (!choice.figure.empty() && metric != name) continue;
    if (auto found = found_in(choice.metric, choice.figure.empty() ? name : choice.figure))
      return found;
  }
  for (const std::string& metric : metric::metrics().names()) {
    if (auto found = found_in(metric, name)) return found;
  }
  return std::nullopt;
}

std::optional<std::string> headline_figure(const store::RunResult& result) {
  const std::vector<std::string> names = figure_names(result);
  for (const std::string& metric : spec_metrics(result)) {
    for (const metric::Figure& declaration : declared(choice_of(result, metric).metric)) {
      if (!declaration.is_headline) continue;
      for (const std::string& name : names) {
        if (is_same_figure(name, declaration.name)) return name;
      }
    }
  }
  for (const std::string& name : names) {
    if (meaning_of(result, name)) return name;
  }
  return std::nullopt;
}

int decimals_of(const metric::Figure& meaning) { return meaning.point == 1 ? 2 : 4; }

double whole_of(const metric::Figure& meaning) {
  return meaning.point > 0 ? 100 * meaning.point : 1;
}

double loss(const metric::Figure& meaning, double before, double after) {
  return meaning.better == metric::Better::kHigher ? before - after : after - before;
}

}  // namespace quantbench::analysis
