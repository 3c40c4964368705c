#include "quantbench/search/tuning_spec.h"

#include "quantbench/spec/yaml_writer.h"

namespace quantbench::search {

namespace {

Json dataset_of(const Question& question, const Discovery& found) {
  Json dataset = {{"path", found.dataset}};
  if (found.dataset == question.dataset) {
    if (question.dataset_revision) dataset["revision"] = *question.dataset_revision;
    if (question.configuration) dataset["name"] = *question.configuration;
  }
  dataset["eval_split"] = found.split;
  if (found.calibration_split) dataset["calibration_split"] = *found.calibration_split;
  dataset["data_keys"] = found.data_keys;
  dataset["ref_keys"] = Json::array({found.label});
  return dataset;
}

/// Seconds of the last timing of a row and shape: enough for an interval of 1 % on a quiet machine,
/// and for four rows at two shapes in about a minute.
constexpr int kSeconds = 4;

/// Latency is one caller's, throughput a full batch's.
Json shapes_of(const Discovery& found, bool throughput) {
  const std::string batch = throughput ? "8x" : "1x";
  Json shapes = Json::array();
  for (const std::int64_t length : found.input_lengths) {
    shapes.push_back(batch + std::to_string(length));
  }
  return shapes;
}

}  // namespace

std::string tuning_spec(const Question& question, const Discovery& found, const Goal& goal) {
  std::string out = spec::yaml_line("task", found.task);
  if (!found.task_args.empty()) out += spec::yaml_line("task_args", found.task_args);
  out += spec::yaml_line("name_or_path", question.model);
  if (question.revision) out += spec::yaml_line("revision", *question.revision);
  if (question.file_name) out += spec::yaml_line("file_name", *question.file_name);
  out += spec::yaml_line("dataset", dataset_of(question, found));
  out += spec::yaml_line("metrics", Json::array({found.metric}));
  if (goal.max_samples) out += spec::yaml_line("max_eval_samples", *goal.max_samples);
  Json args = goal.strategy_args;
  if (!args.contains("metric")) args["metric"] = found.metric;
  if (!args.contains("shape")) {
    args["shape"] = shapes_of(found, args.value("objective", std::string()) == "throughput");
  }
  out += spec::yaml_line("time_benchmark_args", Json{{"duration", kSeconds}});
  out += spec::yaml_line("strategy", goal.strategy);
  out += spec::yaml_line("strategy_args", args);
  return out;
}

}  // namespace quantbench::search
