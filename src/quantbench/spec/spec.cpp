#include "quantbench/spec/spec.h"

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/text.h"
#include "quantbench/spec/checks.h"
#include "quantbench/spec/document.h"
#include "quantbench/spec/grid.h"
#include "quantbench/spec/schema.h"

namespace quantbench::spec {

namespace {

/// A list of values to be benchmarked, as opposed to one value (which is a list itself for some
/// keys).
bool is_benchmarked(const Key& key, const Node& node, const std::string& path) {
  if (!node.is_list()) return false;
  if (key.type != Key::Type::kStrings) return true;
  const auto is_value = [&](const Node& item) {
    return item.is_list() || (key.nullable && item.is_null());
  };
  const auto lists = std::count_if(node.items.begin(), node.items.end(), is_value);
  if (lists == 0) return false;
  if (lists != static_cast<std::ptrdiff_t>(node.items.size())) {
    throw Error("key '" + path + "' mixes lists and names", node.where,
                "one value is a list of names, several are a list of such lists");
  }
  return true;
}

/// task_args with defaults. The cards of question answering have max_seq_length under `dataset`.
Json completed_task_args(const Declarations& declared, const Spec& spec, Json given) {
  if (spec.dataset.max_seq_length) given["max_seq_length"] = *spec.dataset.max_seq_length;
  Json args = Json::object();
  for (const Declarations::Task& task : declared.tasks) {
    if (task.name != spec.task) continue;
    for (const Key& key : task.args) {
      if (given.contains(key.name)) {
        args[key.name] = given[key.name];
      } else if (const Json& fallback = fallback_of(key, spec.protocol); !fallback.is_discarded()) {
        args[key.name] = fallback;
      }
    }
  }
  return args;
}

/// The grid of a spec that was read, without its benchmarked keys.
Grid fixed_grid(const Spec& spec, const Declarations& declared, const Schema& keys) {
  Grid grid{.declared = declared, .keys = keys, .protocol = spec.protocol};
  for (const Key& key : keys) {
    if (!key.benchmarkable()) continue;
    const Json& fallback = fallback_of(key, spec.protocol);
    grid.values[key.name] = !fallback.is_discarded() && !key.quiet ? fallback : Json();
    for (const auto& [written, value] : spec.fixed.items()) {
      if (!key.is_called(written)) continue;
      grid.values[key.name] = value;
      grid.given.insert(key.name);
    }
  }
  return grid;
}

/// Turns the checked document into a Spec.
class Builder {
 public:
  explicit Builder(const Node& root)
      : root_(root), declared_(declarations()), keys_(spec_keys(declared_)) {}

  Spec build() {
    check_keys(keys_, root_, "");
    find_model_key();
    for (const Entry& entry : root_.entries) read(entry);
    check_combinations(keys_, root_, settings_, spec_.fixed, spec_.benchmarked);
    note_opsets();
    fill_defaults();
    set_fields();
    expand_grid();
    return std::move(spec_);
  }

 private:
  void find_model_key() {
    const Entry* name = root_.find("name_or_path");
    const Entry* older = root_.find("model_name_or_path");
    if (name != nullptr && older != nullptr) {
      throw Error("both name_or_path and model_name_or_path are given", older->where,
                  "they mean the same; keep one");
    }
    if (name == nullptr && older == nullptr) {
      throw Error("missing key 'name_or_path'", root_.where,
                  "the directory of a Hugging Face checkpoint, or its name on the Hub");
    }
    if (older != nullptr) spec_.model_key = "model_name_or_path";
  }

  void read(const Entry& entry) {
    const Key& key = *find_parameter(keys_, entry.key);
    const auto [written, is_new] = written_.emplace(key.name, entry.key);
    if (!is_new) {
      throw Error("both " + written->second + " and " + entry.key + " are given", entry.where,
                  "they mean the same; keep one");
    }
    // The cards write `dataset` as a list of one map.
    const bool one_map =
        key.name == "dataset" && entry.value.is_list() && entry.value.items.size() == 1;
    const Node& node = one_map ? entry.value.items[0] : entry.value;
    const std::string subject = "key '" + entry.key + "'";
    if (key.benchmarkable() && is_benchmarked(key, node, entry.key)) {
      spec_.benchmarked[entry.key] = read_values(key, node, subject);
      return;
    }
    if (node.is_list() && key.use == Key::Use::kFixed) {
      throw Error(subject + " cannot be benchmarked, give one value", node.where);
    }
    Json value =
        key.name == kPricePerHour ? prices(key, node, subject) : check_value(key, node, subject);
    (key.parameter() ? spec_.fixed : settings_)[entry.key] = std::move(value);
  }

  /// One price is any machine's.
  static Json prices(const Key& key, const Node& node, const std::string& subject) {
    if (node.is_scalar() && node.scalar.is_number()) {
      return {{kAnyMachine, price(node.scalar, subject, node.where)}};
    }
    Json out = check_value(key, node, subject);
    for (const Entry& entry : node.entries) {
      price(out.at(entry.key), subject + " of '" + entry.key + "'", entry.value.where);
    }
    return out;
  }

  static Json price(const Json& value, const std::string& subject, const std::string& where) {
    if (value.is_number() && value.get<double>() > 0) return value;
    throw Error(subject + " is " + python_repr(value) + ", expected a number above 0", where);
  }

  static Json read_values(const Key& key, const Node& node, const std::string& subject) {
    if (node.items.empty()) {
      throw Error(subject + " benchmarks an empty list", node.where, "give at least one value");
    }
    Json values = Json::array();
    for (const Node& item : node.items) {
      Json value = check_value(key, item, subject);
      if (std::find(values.begin(), values.end(), value) != values.end()) {
        throw Error(subject + " lists " + python_repr(value) + " twice", item.where);
      }
      values.push_back(std::move(value));
    }
    return values;
  }

  bool july() const { return spec_.model_key == "model_name_or_path"; }

  SpecForm form() const {
    if (!july()) return SpecForm::kNameOrPath;
    return root_.find("backend") != nullptr ? SpecForm::kModelNameOrPath
                                            : SpecForm::kModelNameOrPathNoBackend;
  }

  /// framework_args as the cards of the spec's generation show them. {} stays where it stands for
  /// pytorch.
  void fill_framework_args(Json& args, bool keep_empty) const {
    if (args.empty() && keep_empty) return;
    const bool threads = args.contains("intra_op_num_threads");
    args = with_fallbacks(keys_of("framework_args"), args);
    if (july() && !threads) args.erase("intra_op_num_threads");
  }

  void note_opsets() {
    const auto note = [&](const Json& args) {
      if (args.contains("opset")) spec_.given_opsets.push_back(args["opset"].get<int>());
    };
    if (spec_.fixed.contains("framework_args")) note(spec_.fixed["framework_args"]);
    for (const Json& args : spec_.benchmarked.value("framework_args", Json::array())) note(args);
  }

  void fill_defaults() {
    if (!july())
      spec_.fixed["dataset"] = with_fallbacks(keys_of("dataset"), spec_.fixed["dataset"]);
    if (spec_.fixed.contains("framework_args")) {
      fill_framework_args(spec_.fixed["framework_args"], false);
    }
    if (spec_.benchmarked.contains("framework_args")) {
      Json& list = spec_.benchmarked["framework_args"];
      for (Json& args : list) fill_framework_args(args, list.size() > 1);
    }
    for (const Key& key : keys_) {
      if (!key.parameter() && !settings_.contains(key.name) && key.has_fallback()) {
        settings_[key.name] = key.fallback;
      }
    }
    Json& timing = settings_["time_benchmark_args"];
    timing = with_fallbacks(keys_of("time_benchmark_args"), timing);
  }

  void set_fields() {
    spec_.task = settings_.value("task", std::string());
    spec_.name_or_path = spec_.fixed[spec_.model_key].get<std::string>();
    if (const Json revision = spec_.fixed.value("revision", Json()); revision.is_string()) {
      spec_.revision = revision.get<std::string>();
    }
    if (const Json given = spec_.fixed.value("from_transformers", Json()); given.is_boolean()) {
      spec_.from_transformers = given.get<bool>();
    }
    if (const Json file = spec_.fixed.value("file_name", Json()); file.is_string()) {
      spec_.file_name = file.get<std::string>();
    }
    const Json& dataset = spec_.fixed["dataset"];
    spec_.dataset.path = dataset["path"].get<std::string>();
    spec_.dataset.eval_split = dataset["eval_split"].get<std::string>();
    spec_.dataset.data_keys = dataset["data_keys"];
    spec_.dataset.ref_keys = dataset["ref_keys"].get<std::vector<std::string>>();
    const auto text = [&](const char* key) -> std::optional<std::string> {
      if (!dataset.contains(key) || dataset[key].is_null()) return std::nullopt;
      return dataset[key].get<std::string>();
    };
    spec_.dataset.name = text("name");
    spec_.dataset.revision = text("revision");
    spec_.dataset.calibration_split = text("calibration_split");
    if (dataset.contains("max_seq_length") && !dataset["max_seq_length"].is_null()) {
      spec_.dataset.max_seq_length = dataset["max_seq_length"].get<std::int64_t>();
    }
    spec_.metrics = settings_["metrics"].get<std::vector<std::string>>();
    spec_.batch_sizes = settings_["batch_sizes"].get<std::vector<std::int64_t>>();
    spec_.input_lengths = settings_["input_lengths"].get<std::vector<std::int64_t>>();
    for (const Json& count : settings_["streams"]) {
      spec_.streams.push_back(count == kCores ? kStreamPerCore : count.get<std::int64_t>());
    }
    spec_.duration_s = settings_["time_benchmark_args"]["duration"].get<double>();
    spec_.warmup_runs = settings_["time_benchmark_args"]["warmup_runs"].get<int>();
    spec_.target = settings_["time_benchmark_args"]["target"].get<double>();
    spec_.starts = settings_["time_benchmark_args"]["starts"].get<int>();
    spec_.affinity = settings_["time_benchmark_args"]["affinity"] == "auto";
    if (const Json& samples = settings_["max_eval_samples"]; !samples.is_null()) {
      spec_.max_eval_samples = samples.get<std::int64_t>();
    }
    spec_.eval_batch_size = settings_["eval_batch_size"].get<std::size_t>();
    if (settings_["protocol"] == "reference") spec_.protocol = Protocol::kReference;
    spec_.explain = settings_["explain"].get<bool>();
    const Json& task_args = settings_["task_args"];
    spec_.task_args =
        spec_.task.empty() ? task_args : completed_task_args(declared_, spec_, task_args);
    spec_.strategy = settings_["strategy"].get<std::string>();
    spec_.strategy_args = settings_["strategy_args"];
    spec_.backend = settings_["backend"].get<std::string>();
    spec_.backend_args = settings_["backend_args"];
    spec_.price_per_hour = settings_.value(kPricePerHour, Json::object());
    if (settings_.contains("layout")) {
      spec_.layout = settings_["layout"].get<std::string>();
    } else {
      spec_.layout = declared_.card_layout_for(form()).name;
    }
  }

  void expand_grid() {
    Grid grid = fixed_grid(spec_, declared_, keys_);
    for (const auto& [key, values] : spec_.benchmarked.items()) {
      const std::string& name = find_parameter(keys_, key)->name;
      grid.benchmarked[name] = values;
      grid.given.insert(name);
    }
    with_context(root_.where, [&] { spec_.cells = expand(grid); });
    check_cells(grid, root_, spec_);
    const bool has_original =
        std::any_of(spec_.cells.begin(), spec_.cells.end(),
                    [](const Cell& cell) { return !cell.apply_quantization; });
    if (declared_.find_card_layout(spec_.layout)->compares && !has_original) {
      spec_.cells.insert(spec_.cells.begin(), original_cell(grid, original_framework()));
    }
    for (Cell& cell : spec_.cells) cell.parameters = as_written(cell.parameters);
  }

  /// As in the cards: the checkpoint itself, by a framework that opens it.
  std::string original_framework() const {
    const bool is_onnx = !spec_.from_transformers.value_or(true) || spec_.file_name;
    for (const Declarations::Framework& framework : declared_.frameworks) {
      const bool opens = framework.opens_checkpoint && !framework.quantizes;
      if (spec_.protocol == Protocol::kReference && opens && !is_onnx) return framework.name;
    }
    return find_parameter(keys_, "framework")->fallback.get<std::string>();
  }

  /// Under the names that the author used.
  Json as_written(const Json& parameters) const {
    Json out = Json::object();
    for (const auto& [key, value] : parameters.items()) out[written_.at(key)] = value;
    return out;
  }

  const Schema& keys_of(const std::string& key) const { return find_parameter(keys_, key)->keys; }

  const Node& root_;
  const Declarations declared_;
  const Schema keys_;
  std::map<std::string, std::string> written_;  ///< name of a key -> what the author calls it
  Spec spec_;
  Json settings_ = Json::object();
};

Node document(std::string_view yaml, const std::string& name,
              const std::vector<std::string>& overrides) {
  Node root = parse_document(yaml, name);
  for (const std::string& text : overrides) apply_override(root, text);
  return root;
}

/// Whether the value of a key was given on the command line, where paths are of its directory.
bool is_override(const Node& root, const std::vector<std::string>& path) {
  const Node* node = &root;
  for (const std::string& key : path) {
    const Entry* entry = node->is_map() ? node->find(key) : nullptr;
    if (entry == nullptr) return false;
    node = &entry->value;
  }
  return node->where.starts_with("--set ");
}

/// See Spec::name_or_path.
std::string resolve(const std::string& written, const std::filesystem::path& spec_directory,
                    bool of_working_directory) {
  const std::filesystem::path path(written);
  std::error_code ignored;
  if (path.is_absolute()) return written;
  if (of_working_directory && std::filesystem::exists(path, ignored)) return written;
  const std::filesystem::path beside = (spec_directory / path).lexically_normal();
  return std::filesystem::exists(beside, ignored) ? beside.string() : written;
}

}  // namespace

Spec with_task(Spec spec, const std::string& task) {
  const Declarations declared = declarations();
  check_task_keys(spec_keys(declared), task, spec.task_args, spec.fixed["dataset"],
                  [](const std::string& key, const std::string&) { return key; });
  spec.task = task;
  spec.task_args = completed_task_args(declared, spec, spec.task_args);
  return spec;
}

Spec with_opset(Spec spec, int opset) {
  const auto& given = spec.given_opsets;
  if (std::ranges::any_of(given, [&](int one) { return one != given.front(); })) {
    throw Error("the model is an ONNX file, which keeps its operator set, " + std::to_string(opset),
                "framework_args.opset", "do not benchmark opset");
  }
  const auto set = [&](Json& args) {
    if (args.is_object() && args.contains("opset")) args["opset"] = opset;
  };
  if (spec.fixed.contains("framework_args")) set(spec.fixed["framework_args"]);
  if (spec.benchmarked.contains("framework_args")) {
    for (Json& args : spec.benchmarked["framework_args"]) set(args);
  }
  for (Cell& cell : spec.cells) {
    cell.framework_args.opset = opset;
    if (cell.parameters.contains("framework_args")) set(cell.parameters["framework_args"]);
  }
  return spec;
}

namespace {

/// What the presets of a point say of other keys.
Json filled_by_presets(const Grid& grid, const Json& point) {
  const std::string approach = point.value("quantization_approach", std::string());
  const Declarations::Approach* known = grid.declared.find_approach(approach);
  return known == nullptr ? Json::object() : fills_of(known->parameters, point);
}

/// The cell of one point, with a parameter for each of `names`.
Cell cell_of_point(const Grid& fixed, const Json& point, const std::vector<std::string>& names) {
  Grid grid = fixed;
  for (const std::string& name : names) {
    const auto value = point.find(name);
    grid.benchmarked[name] = Json::array({value == point.end() ? grid.values[name] : *value});
    if (value != point.end()) grid.given.insert(name);
  }
  Cell cell = expand(grid).at(0);
  // A key that a preset fills in has no value at the point, and its default does not count.
  const Json filled = filled_by_presets(grid, point);
  for (const std::string& name : names) {
    if (!point.contains(name) && filled.contains(name)) cell.parameters[name] = nullptr;
  }
  return cell;
}

}  // namespace

Spec with_points(Spec spec, const std::vector<Json>& points) {
  const Declarations declared = declarations();
  const Schema keys = spec_keys(declared);
  const Grid grid = fixed_grid(spec, declared, keys);
  std::vector<std::string> names;
  for (const Key& key : keys) {
    const bool varies =
        std::ranges::any_of(points, [&](const Json& point) { return point.contains(key.name); });
    if (key.benchmarkable() && varies) names.push_back(key.name);
  }
  spec.cells.clear();
  for (const Json& point : points) {
    Cell cell = cell_of_point(grid, point, names);
    const bool known = std::ranges::any_of(
        spec.cells, [&](const Cell& one) { return one.parameters == cell.parameters; });
    if (!known) spec.cells.push_back(std::move(cell));
  }
  spec.benchmarked = Json::object();
  for (const Cell& cell : spec.cells) add_values(spec.benchmarked, cell.parameters);
  for (const std::string& name : names) {
    std::vector<std::string> fixed;
    for (const auto& [written, value] : spec.fixed.items()) fixed.push_back(written);
    for (const std::string& written : fixed) {
      if (find_parameter(keys, name)->is_called(written)) spec.fixed.erase(written);
    }
  }
  return spec;
}

void add_values(Json& benchmarked, const Json& parameters) {
  for (const auto& [key, value] : parameters.items()) {
    Json& known = benchmarked[key];
    if (known.is_null()) known = Json::array();
    if (std::find(known.begin(), known.end(), value) == known.end()) known.push_back(value);
  }
}

Spec parse(std::string_view yaml, const std::string& name,
           const std::vector<std::string>& overrides) {
  return Builder(document(yaml, name, overrides)).build();
}

Spec load(const std::filesystem::path& path, const std::vector<std::string>& overrides) {
  const Node root = document(read_text(path), path.string(), overrides);
  Spec spec = Builder(root).build();
  spec.name_or_path =
      resolve(spec.name_or_path, path.parent_path(), is_override(root, {spec.model_key}));
  spec.dataset.path =
      resolve(spec.dataset.path, path.parent_path(), is_override(root, {"dataset", "path"}));
  return spec;
}

}  // namespace quantbench::spec
