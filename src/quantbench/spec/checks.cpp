#include "quantbench/spec/checks.h"

#include <algorithm>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/spec/schema.h"

namespace quantbench::spec {

namespace {

/// Each is a stage of its own.
constexpr std::size_t kMaxTimings = 100'000;

/// The place of `key.sub`, or of `key` when that is all there is. `dataset` may be a list of one
/// map.
std::string place(const Node& root, const std::string& key, const std::string& sub = {}) {
  const Entry* entry = root.find(key);
  if (entry == nullptr) return root.where;
  const Node* node = &entry->value;
  if (key == "dataset" && node->is_list() && !node->items.empty()) node = &node->items[0];
  const Entry* inner = sub.empty() ? nullptr : node->find(sub);
  return inner == nullptr ? entry->where : inner->where;
}

void check_dataset(const Node& root, const Json& dataset, const std::string& task) {
  if (dataset["ref_keys"].size() != 1) {
    throw Error("key 'dataset.ref_keys' has " + std::to_string(dataset["ref_keys"].size()) +
                    " entries, expected exactly one",
                place(root, "dataset", "ref_keys"));
  }
  const Json& data_keys = dataset["data_keys"];
  if (data_keys.empty()) {
    throw Error("key 'dataset.data_keys' is empty", place(root, "dataset", "data_keys"),
                "it maps the task's inputs to columns: {primary: sentence}");
  }
  for (const auto& [key, column] : data_keys.items()) {
    if (column.is_string() || column.is_null()) continue;
    throw Error("key 'dataset.data_keys." + key + "' is " + column.dump() +
                    ", expected the name of a column",
                place(root, "dataset", "data_keys"));
  }
  const bool cuts = dataset.contains("max_seq_length") && !dataset["max_seq_length"].is_null();
  if (cuts && task != "question-answering") {
    throw Error("key 'dataset.max_seq_length' applies to task question-answering only",
                place(root, "dataset", "max_seq_length"));
  }
}

bool given(const Json& object, const char* key) {
  return object.contains(key) && !object[key].is_null();
}

void check_task_args(const Node& root, const Json& task_args, const Json& dataset,
                     const std::string& task) {
  for (const Key& key : task_args_keys()) {
    if (!task_args.contains(key.name) || key.task == task) continue;
    if (has_fallback(key) && task_args[key.name] == key.fallback) continue;
    throw Error("key 'task_args." + key.name + "' applies to task " + key.task + " only",
                place(root, "task_args", key.name));
  }
  if (given(task_args, "max_seq_length") && given(dataset, "max_seq_length") &&
      task_args["max_seq_length"] != dataset["max_seq_length"]) {
    throw Error("key 'task_args.max_seq_length' is " + task_args["max_seq_length"].dump() +
                    ", and dataset.max_seq_length is " + dataset["max_seq_length"].dump(),
                place(root, "task_args", "max_seq_length"), "they mean the same; keep one");
  }
}

/// `node` is the map that `value` was read from.
void check_calibration(const Node& node, const Json& value) {
  const std::string method = value.value("method", "minmax");
  const auto refuse = [&](const char* key, const std::string& why) {
    throw Error(std::string("key 'calibration.") + key + "' " + why, node.find(key)->where);
  };
  if (given(value, "calibration_histogram_percentile") && method != "percentile") {
    refuse("calibration_histogram_percentile",
           "applies to method percentile only, the method is " + method);
  }
  const bool averages =
      given(value, "calibration_moving_average") && value["calibration_moving_average"].get<bool>();
  if (averages && method != "minmax") {
    refuse("calibration_moving_average", "applies to method minmax only, the method is " + method);
  }
  if (given(value, "calibration_moving_average_constant") && !averages) {
    refuse("calibration_moving_average_constant",
           "applies only with calibration_moving_average: true");
  }
}

}  // namespace

void check_combinations(const Node& root, const Json& settings, const Json& fixed,
                        const Json& benchmarked) {
  const std::string task = settings["task"].get<std::string>();
  check_dataset(root, fixed["dataset"], task);
  check_task_args(root, settings.value("task_args", Json::object()), fixed["dataset"], task);
  if (fixed.value("aware_training", false)) {
    throw Error("key 'aware_training' is true, expected false", place(root, "aware_training"),
                "quantization-aware training is not done here");
  }
  if (!fixed.value("from_transformers", true)) {
    throw Error("key 'from_transformers' is false, expected true", place(root, "from_transformers"),
                "name_or_path is a transformers checkpoint, which is exported here");
  }
  if (fixed.contains("calibration")) {
    check_calibration(root.find("calibration")->value, fixed["calibration"]);
  }
  if (benchmarked.contains("calibration")) {
    const Node& list = root.find("calibration")->value;
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      check_calibration(list.items[i], benchmarked["calibration"][i]);
    }
  }
  for (const char* key : {"batch_sizes", "input_lengths", "metrics"}) {
    if (settings.contains(key) && settings[key].empty()) {
      throw Error(std::string("key '") + key + "' is an empty list", place(root, key));
    }
  }
}

void check_cells(const Node& root, const Spec& spec) {
  const std::size_t shapes = spec.batch_sizes.size() * spec.input_lengths.size();
  if (spec.cells.size() * shapes > kMaxTimings) {
    throw Error(std::to_string(spec.cells.size()) + " cells are timed at " +
                    std::to_string(shapes) + " input shapes each, more than " +
                    std::to_string(kMaxTimings) + " timings",
                place(root, "batch_sizes"), "list fewer batch sizes or input lengths");
  }
  for (const Cell& cell : spec.cells) {
    if (cell.quantization_approach != "static") continue;
    const std::string where = place(root, "quantization_approach");
    if (!cell.calibration) {
      throw Error("key 'quantization_approach' is static, which needs key 'calibration'", where,
                  "calibration: {method: minmax, num_calibration_samples: 100}");
    }
    if (!spec.dataset.calibration_split) {
      throw Error(
          "key 'quantization_approach' is static, which needs key 'dataset.calibration_split'",
          where, "the split that calibration samples come from, such as train");
    }
  }
}

}  // namespace quantbench::spec
