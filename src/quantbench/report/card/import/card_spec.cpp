#include "quantbench/report/card/import/card_spec.h"

#include <algorithm>

#include "quantbench/base/error.h"
#include "quantbench/report/card/card.h"
#include "quantbench/spec/schema.h"
#include "quantbench/spec/spec.h"
#include "quantbench/spec/yaml_writer.h"

namespace quantbench::report {

namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
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
  Json metrics = Json::array();
  const bool seqeval = contains(figures, "overall_f1") ||
                       (task == "token-classification" && contains(figures, "precision") &&
                        contains(figures, "recall"));
  const bool squad = contains(figures, "exact_match") && contains(figures, "f1");
  if (seqeval) metrics.push_back("seqeval");
  if (squad) metrics.push_back("squad");
  for (const std::string& name : figures) {
    const bool of_squad = squad && (name == "exact_match" || name == "f1");
    if (!seqeval && !of_squad && !analysis::is_time_figure(name)) metrics.push_back(name);
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
