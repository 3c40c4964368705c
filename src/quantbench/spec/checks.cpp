#include "quantbench/spec/checks.h"

#include <algorithm>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
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

bool belongs_to(const Key& key, const std::string& plugin) {
  return std::find(key.owners.begin(), key.owners.end(), plugin) != key.owners.end();
}

/// "a and b"
std::string in_words(const std::vector<std::string>& names) { return join(names, " and "); }

bool given(const Json& object, const char* key) {
  return object.contains(key) && !object[key].is_null();
}

void check_dataset(const Node& root, const Json& dataset) {
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
}

/// What the presets that the spec gives say of the keys of `calibration`.
Json calibration_of_presets(const Schema& keys, const Json& fixed, const Json& benchmarked) {
  Json all = Json::object();
  for (const Key& key : keys) {
    if (key.fills.empty()) continue;
    Json chosen = benchmarked.value(key.name, Json::array());
    chosen.push_back(fixed.value(key.name, Json()));
    for (const Json& value : chosen) {
      if (!value.is_string()) continue;
      all.update(key.fills.at(value.get<std::string>()).value("calibration", Json::object()));
    }
  }
  return all;
}

/// `node` is the map that `given` was read from; `value` has what presets add.
void check_calibration(const Schema& keys, const Node& node, const Json& given,
                       const Json& of_presets) {
  Json value = of_presets;
  value.update(given);
  for (const Entry& entry : node.entries) {
    const Key& key = *find_parameter(keys, entry.key);
    if (!says_something(value, key.name)) continue;
    const std::string why = misplaced(key, keys, value, "method");
    if (!why.empty()) throw Error("key 'calibration." + entry.key + "' " + why, entry.where);
  }
}

/// Keys that the spec gives under one of their names.
const Entry* find_given(const Node& root, const Key& key) {
  for (const Entry& entry : root.entries) {
    if (key.is_called(entry.key)) return &entry;
  }
  return nullptr;
}

/// The maps of `framework_args`: one, or a list of them.
std::vector<const Node*> framework_args_in(const Node& root) {
  std::vector<const Node*> maps;
  const Entry* entry = root.find("framework_args");
  if (entry == nullptr) return maps;
  if (entry->value.is_map()) maps.push_back(&entry->value);
  for (const Node& item : entry->value.items) {
    if (item.is_map()) maps.push_back(&item);
  }
  return maps;
}

/// Refuses keys of framework_args that no framework of the cells has.
void check_framework_args(const Grid& grid, const Node& root, const Spec& spec) {
  const Schema& keys = find_parameter(grid.keys, "framework_args")->keys;
  for (const Node* map : framework_args_in(root)) {
    for (const Entry& entry : map->entries) {
      const Key* key = find_parameter(keys, entry.key);
      if (key == nullptr || key->owners.empty()) continue;
      if (std::none_of(spec.cells.begin(), spec.cells.end(),
                       [&](const Cell& cell) { return belongs_to(*key, cell.framework); })) {
        throw Error("key 'framework_args." + entry.key + "' applies to framework " +
                        in_words(key->owners) + " only",
                    entry.where);
      }
    }
  }
}

/// Why a key of the quantization has no meaning in any cell.
std::string unused(const Key& key, const Spec& spec) {
  const auto of_owner = [&](const Cell& cell) {
    return cell.quantization_approach && belongs_to(key, *cell.quantization_approach);
  };
  if (std::none_of(spec.cells.begin(), spec.cells.end(), of_owner)) {
    return "applies to quantization_approach " + in_words(key.owners) + " only";
  }
  for (const Cell& cell : spec.cells) {
    if (of_owner(cell) && failed_condition(key, cell.quantization) == nullptr) return {};
  }
  const Condition& condition = key.when.front();
  return "applies only with " + condition.key + ": " + condition.values.front().dump();
}

/// Values that some approach takes, but not this cell's.
void check_values(const Grid& grid, const Node& root, const Cell& cell) {
  const Declarations::Approach* approach =
      grid.declared.find_approach(cell.quantization_approach.value_or(""));
  if (approach == nullptr) return;
  for (const Parameter& parameter : approach->parameters) {
    const auto found = cell.quantization.find(parameter.name);
    if (found == cell.quantization.end() || parameter.allowed.empty()) continue;
    const auto value = found->get<std::string>();
    const auto& allowed = parameter.allowed;
    if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) continue;
    const Entry* entry = find_given(root, parameter);
    throw Error("key '" + (entry == nullptr ? parameter.name : entry->key) + "' is '" + value +
                    "', expected one of " + join(allowed, ", "),
                entry == nullptr ? root.where : entry->where,
                "as quantization_approach " + approach->name + " has it");
  }
}

}  // namespace

void check_task_keys(const Schema& keys, const std::string& task, const Json& task_args,
                     const Json& dataset, const PlaceOf& place_of) {
  const Schema& known = find_parameter(keys, "task_args")->keys;
  const Key* same = find_parameter(known, "max_seq_length");
  if (given(dataset, "max_seq_length") && same != nullptr && !belongs_to(*same, task)) {
    throw Error("key 'dataset.max_seq_length' applies to task " + in_words(same->owners) + " only",
                place_of("dataset", "max_seq_length"));
  }
  for (const Key& key : known) {
    if (!task_args.contains(key.name) || belongs_to(key, task)) continue;
    if (key.has_fallback() && task_args[key.name] == key.fallback) continue;
    throw Error(
        "key 'task_args." + key.name + "' applies to task " + in_words(key.owners) + " only",
        place_of("task_args", key.name));
  }
}

void check_combinations(const Schema& keys, const Node& root, const Json& settings,
                        const Json& fixed, const Json& benchmarked) {
  check_dataset(root, fixed["dataset"]);
  const Json task_args = settings.value("task_args", Json::object());
  if (given(task_args, "max_seq_length") && given(fixed["dataset"], "max_seq_length") &&
      task_args["max_seq_length"] != fixed["dataset"]["max_seq_length"]) {
    throw Error("key 'task_args.max_seq_length' is " + task_args["max_seq_length"].dump() +
                    ", and dataset.max_seq_length is " + fixed["dataset"]["max_seq_length"].dump(),
                place(root, "task_args", "max_seq_length"), "they mean the same; keep one");
  }
  if (settings.contains("task")) {
    check_task_keys(
        keys, settings["task"].get<std::string>(), task_args, fixed["dataset"],
        [&](const std::string& key, const std::string& sub) { return place(root, key, sub); });
  }
  const Schema& of_strategies = find_parameter(keys, "strategy_args")->keys;
  const std::string strategy =
      settings.value("strategy", find_parameter(keys, "strategy")->fallback.get<std::string>());
  const Json strategy_args = settings.value("strategy_args", Json::object());
  for (const auto& [name, value] : strategy_args.items()) {
    const Key& key = *find_parameter(of_strategies, name);
    if (belongs_to(key, strategy)) continue;
    throw Error(
        "key 'strategy_args." + name + "' applies to strategy " + in_words(key.owners) + " only",
        place(root, "strategy_args", name));
  }
  if (fixed.value("aware_training", false)) {
    throw Error("key 'aware_training' is true, expected false", place(root, "aware_training"),
                "quantization-aware training is not done here");
  }
  if (fixed.value("from_transformers", false) && fixed.contains("file_name")) {
    throw Error("key 'file_name' is given, and from_transformers is true", place(root, "file_name"),
                "it picks an ONNX model: from_transformers: false");
  }
  const Schema& calibration = find_parameter(keys, "calibration")->keys;
  const Json of_presets = calibration_of_presets(keys, fixed, benchmarked);
  if (fixed.contains("calibration")) {
    check_calibration(calibration, root.find("calibration")->value, fixed["calibration"],
                      of_presets);
  }
  if (benchmarked.contains("calibration")) {
    const Node& list = root.find("calibration")->value;
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      check_calibration(calibration, list.items[i], benchmarked["calibration"][i], of_presets);
    }
  }
  for (const char* key : {"batch_sizes", "input_lengths", "metrics"}) {
    if (settings.contains(key) && settings[key].empty()) {
      throw Error(std::string("key '") + key + "' is an empty list", place(root, key));
    }
  }
}

void check_cells(const Grid& grid, const Node& root, const Spec& spec) {
  const std::size_t shapes = spec.batch_sizes.size() * spec.input_lengths.size();
  const std::size_t loads = 1 + spec.streams.size();
  if (spec.cells.size() * shapes * loads > kMaxTimings) {
    const std::string streams =
        loads == 1 ? "" : " and " + std::to_string(spec.streams.size()) + " numbers of streams";
    throw Error(std::to_string(spec.cells.size()) + " cells are timed at " +
                    std::to_string(shapes) + " input shapes" + streams + " each, more than " +
                    std::to_string(kMaxTimings) + " timings",
                place(root, "batch_sizes"), "list fewer batch sizes or input lengths");
  }
  check_framework_args(grid, root, spec);
  for (const Cell& cell : spec.cells) {
    check_values(grid, root, cell);
    const auto* approach = grid.declared.find_approach(cell.quantization_approach.value_or(""));
    if (approach == nullptr || !approach->calibrates) continue;
    const std::string what = "key 'quantization_approach' is " + approach->name + ", which needs ";
    const std::string where = place(root, "quantization_approach");
    if (!cell.calibration) {
      throw Error(what + "key 'calibration'", where,
                  "calibration: {method: minmax, num_calibration_samples: 100}");
    }
    if (!spec.dataset.calibration_split) {
      throw Error(what + "key 'dataset.calibration_split'", where,
                  "the split that calibration samples come from, such as train");
    }
  }
  for (const Key& key : grid.declared.quantization) {
    const Entry* entry = key.quiet ? find_given(root, key) : nullptr;
    if (entry == nullptr) continue;
    const std::string why = unused(key, spec);
    if (!why.empty()) throw Error("key '" + entry->key + "' " + why, entry->where);
  }
}

}  // namespace quantbench::spec
