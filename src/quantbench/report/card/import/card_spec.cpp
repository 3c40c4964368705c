#include "quantbench/report/card/import/card_spec.h"

#include <algorithm>

#include "quantbench/base/error.h"
#include "quantbench/metric/registry.h"
#include "quantbench/report/card/card.h"
#include "quantbench/spec/schema.h"
#include "quantbench/spec/spec.h"
#include "quantbench/spec/yaml_writer.h"
#include "quantbench/task/task.h"

namespace quantbench::report {

namespace {

bool declares(const std::string& metric, const std::string& figure) {
  const metric::Metric* known = metric::metrics().find(metric);
  if (known == nullptr) return false;
  const std::vector<metric::Figure> figures = known->figures();
  return std::any_of(figures.begin(), figures.end(),
                     [&](const metric::Figure& one) { return one.name == figure; });
}

/// The metric that gives a figure of a card: the one that the task means by the figure's name, else
/// the first that declares such a figure, else the name itself. Empty for a time.
std::string metric_of(const std::string& figure, const std::string& task) {
  if (analysis::is_time_figure(figure)) return {};
  if (const task::Task* known = task::tasks().find(task)) {
    try {
      return known->metric(figure).metric;
    } catch (const Error&) {  // NOLINT(bugprone-empty-catch): another metric may give it
    }
  }
  if (metric::metrics().find(figure) != nullptr) return figure;
  for (const std::string& name : metric::metrics().names()) {
    if (declares(name, figure)) return name;
  }
  return figure;
}

std::string parameter_lines(const Json& parameters) {
  const spec::Schema keys = spec::spec_keys();
  std::string out;
  for (const auto& [key, value] : parameters.items()) {
    const bool known = find_parameter(keys, key) != nullptr;
    out += known ? spec::yaml_line(key, value)
                 : "# " + to_line(Json(key)) + ": " + spec::yaml_flow(value) +
                       "  (no key of a spec)\n";
  }
  return out;
}

}  // namespace

Json metrics_of_figures(const std::vector<std::string>& figures, const std::string& task) {
  std::vector<std::string> of;  // the metric of each figure
  for (const std::string& figure : figures) of.push_back(metric_of(figure, task));
  // One that the other metrics of the card give as well needs no metric of its own: SQuAD 2's f1.
  for (std::size_t i = 0; i < figures.size(); ++i) {
    for (const std::string& other : of) {
      if (std::count(of.begin(), of.end(), of[i]) == 1 && declares(other, figures[i]))
        of[i] = other;
    }
  }
  Json metrics = Json::array();
  for (std::size_t i = 0; i < figures.size(); ++i) {
    if (of[i].empty()) continue;
    // A figure that is a metric's name, too, stands for itself unless others of its metric do.
    const bool alone = std::count(of.begin(), of.end(), of[i]) == 1 &&
                       metric::metrics().find(figures[i]) != nullptr;
    const Json name = alone ? figures[i] : of[i];
    if (std::find(metrics.begin(), metrics.end(), name) == metrics.end()) metrics.push_back(name);
  }
  return metrics;
}

std::string spec_of_card(const Document& result) {
  // Of an import every key is there; a results.json that someone changed by hand may lack some.
  const auto setting = [&](const char* key) { return result.spec.value(key, Json()); };
  const auto line = [&](const char* key) {
    const Json value = setting(key);
    const bool given = !value.is_null() && !(value.is_array() && value.empty());
    return given ? spec::yaml_line(key, value) : "";
  };
  std::string body = line("task");
  body += "\n# Fixed parameters\n" + parameter_lines(result.fixed);
  body += "\n# Benchmarked parameters\n" + parameter_lines(result.benchmarked);
  body += "\n# Measurement\n";
  for (const char* key : {"metrics", "batch_sizes", "input_lengths", "time_benchmark_args",
                          "max_eval_samples", "layout", "backend", "backend_args"})
    body += line(key);
  body += spec::yaml_line("protocol", "reference");
  std::string head = "# Read back from a model card.\n";
  try {
    spec::parse(body, "spec.yaml");
  } catch (const Error& error) {
    head += "# It does not run as it stands: " + error.problem() + ".\n";
  }
  return head + body;
}

}  // namespace quantbench::report
