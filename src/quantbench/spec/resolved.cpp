#include <algorithm>
#include <string>

#include "quantbench/base/json.h"
#include "quantbench/spec/schema.h"
#include "quantbench/spec/spec.h"
#include "quantbench/spec/yaml_writer.h"

namespace quantbench::spec {

namespace {

/// A comment for each preset that the spec gives and each approach that takes it: its options.
std::string options_of_presets(const Spec& spec) {
  std::string out;
  for (const Declarations::Approach& approach : declarations().approaches) {
    const bool used = std::any_of(spec.cells.begin(), spec.cells.end(), [&](const Cell& cell) {
      return cell.quantization_approach == approach.name;
    });
    for (const Parameter& parameter : approach.parameters) {
      Json chosen = spec.benchmarked.value(parameter.name, Json::array());
      chosen.push_back(spec.fixed.value(parameter.name, Json()));
      for (const Json& value : chosen) {
        if (parameter.fills.empty() || !used || !value.is_string()) continue;
        const auto options = parameter.fills.find(value.get<std::string>());
        if (options == parameter.fills.end()) continue;
        out += "\n# " + parameter.name + " " + options->first + " with quantization_approach " +
               approach.name + ", where the keys are not given\n";
        for (const auto& [key, one] : options->second.items()) {
          out += "#   " + key + ": " + yaml_flow(one) + "\n";
        }
      }
    }
  }
  return out;
}

}  // namespace

Json Spec::to_json() const {
  Json duration = duration_s;
  if (duration_s == static_cast<double>(static_cast<std::int64_t>(duration_s))) {
    duration = static_cast<std::int64_t>(duration_s);
  }
  Json out = {{"task", task},
              {"task_args", task_args},
              {"model_key", model_key},
              {"name_or_path", fixed.value(model_key, name_or_path)},
              {"dataset", fixed.value("dataset", Json::object())},
              {"metrics", metrics},
              {"batch_sizes", batch_sizes},
              {"input_lengths", input_lengths},
              {"time_benchmark_args", {{"duration", duration}, {"warmup_runs", warmup_runs}}},
              {"max_eval_samples", nullptr},
              {"eval_batch_size", eval_batch_size},
              {"protocol", protocol == Protocol::kReference ? "reference" : "default"},
              {"layout", layout},
              {"backend", backend},
              {"backend_args", backend_args}};
  if (protocol == Protocol::kDefault) {
    out["time_benchmark_args"]["target"] = target;
    out["time_benchmark_args"]["starts"] = starts;
    out["time_benchmark_args"]["affinity"] = affinity ? "auto" : "off";
  }
  if (!explain) out["explain"] = false;
  if (max_eval_samples) out["max_eval_samples"] = *max_eval_samples;
  if (strategy != find_parameter(spec_keys(), "strategy")->fallback) {
    out["strategy"] = strategy;
    out["strategy_args"] = strategy_args;
  }
  for (const std::int64_t count : streams) {
    out["streams"].push_back(count == kStreamPerCore ? Json(kCores) : Json(count));
  }
  if (!price_per_hour.empty()) out[kPricePerHour] = price_per_hour;
  return out;
}

std::string Spec::resolved_yaml() const {
  const Json settings = to_json();
  std::string out;
  if (!task.empty()) out += yaml_line("task", settings["task"]);
  if (!task_args.empty()) out += yaml_line("task_args", task_args);
  out += "\n# Fixed parameters\n";
  for (const auto& [key, value] : fixed.items()) {
    Json written = value;
    if (key == model_key) written = name_or_path;
    if (key == "dataset") written["path"] = dataset.path;
    out += yaml_line(key, written);
  }
  if (!benchmarked.empty()) out += "\n# Benchmarked parameters\n";
  for (const auto& [key, value] : benchmarked.items()) out += yaml_line(key, value);
  out += "\n# Parameters left at their defaults\n";
  for (const Key& key : spec_keys()) {
    if (!key.parameter() || !key.has_fallback() || key.quiet) continue;
    const bool given = std::any_of(key.aliases.begin(), key.aliases.end(), [&](const auto& name) {
      return fixed.contains(name) || benchmarked.contains(name);
    });
    if (given || fixed.contains(key.name) || benchmarked.contains(key.name)) continue;
    const Json fallback = key.keys.empty() ? key.fallback : with_fallbacks(key.keys, key.fallback);
    out += "# " + key.name + ": " + yaml_flow(fallback) + "\n";
  }
  out += options_of_presets(*this);
  out += "\n# Measurement\n";
  if (!metrics.empty()) out += yaml_line("metrics", settings["metrics"]);
  for (const char* key : {"batch_sizes", "input_lengths", "streams", "time_benchmark_args",
                          "max_eval_samples", "eval_batch_size", "protocol", "explain", "strategy",
                          "strategy_args", "layout", "backend", "backend_args", kPricePerHour}) {
    if (settings.contains(key)) out += yaml_line(key, settings[key]);
  }
  return out;
}

}  // namespace quantbench::spec
