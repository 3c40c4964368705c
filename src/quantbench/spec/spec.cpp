#include "quantbench/spec/spec.h"

#include <algorithm>
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
  const auto lists = std::count_if(node.items.begin(), node.items.end(),
                                   [](const Node& item) { return item.is_list(); });
  if (lists == 0) return false;
  if (lists != static_cast<std::ptrdiff_t>(node.items.size())) {
    throw Error("key '" + path + "' mixes lists and names", node.where,
                "one value is a list of names, several are a list of such lists");
  }
  return true;
}

/// Turns the checked document into a Spec.
class Builder {
 public:
  Builder(const Node& root, const KnownNames& known) : root_(root), known_(known) {}

  Spec build() {
    check_keys(spec_keys(), root_, "");
    find_model_key();
    for (const Entry& entry : root_.entries) read(entry);
    check_combinations(root_, settings_, spec_.fixed, spec_.benchmarked);
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
    const Key& key = *find_key(spec_keys(), entry.key);
    // The cards write `dataset` as a list of one map.
    const bool one_map =
        key.name == "dataset" && entry.value.is_list() && entry.value.items.size() == 1;
    const Node& node = one_map ? entry.value.items[0] : entry.value;
    if (key.benchmarkable() && is_benchmarked(key, node, key.name)) {
      spec_.benchmarked[key.name] = read_values(key, node);
      return;
    }
    if (node.is_list() && key.use == Key::Use::kFixed) {
      throw Error("key '" + key.name + "' cannot be benchmarked, give one value", node.where);
    }
    Json value = check_value(key, node, key.name, known_);
    (key.parameter() ? spec_.fixed : settings_)[key.name] = std::move(value);
  }

  Json read_values(const Key& key, const Node& node) const {
    if (node.items.empty()) {
      throw Error("key '" + key.name + "' benchmarks an empty list", node.where,
                  "give at least one value");
    }
    Json values = Json::array();
    for (const Node& item : node.items) {
      Json value = check_value(key, item, key.name, known_);
      if (std::find(values.begin(), values.end(), value) != values.end()) {
        throw Error("key '" + key.name + "' lists " + python_repr(value) + " twice", item.where);
      }
      values.push_back(std::move(value));
    }
    return values;
  }

  bool july() const { return spec_.model_key == "model_name_or_path"; }

  /// framework_args as the cards of the spec's generation show them. {} stays where it stands for
  /// pytorch.
  void fill_framework_args(Json& args, bool keep_empty) const {
    if (args.empty() && keep_empty) return;
    const bool threads = args.contains("intra_op_num_threads");
    args = with_fallbacks(framework_args_keys(), args);
    if (july() && !threads) args.erase("intra_op_num_threads");
  }

  void fill_defaults() {
    if (!july()) spec_.fixed["dataset"] = with_fallbacks(dataset_keys(), spec_.fixed["dataset"]);
    if (spec_.fixed.contains("framework_args")) {
      fill_framework_args(spec_.fixed["framework_args"], false);
    }
    if (spec_.benchmarked.contains("framework_args")) {
      Json& list = spec_.benchmarked["framework_args"];
      for (Json& args : list) fill_framework_args(args, list.size() > 1);
    }
    for (const Key& key : spec_keys()) {
      if (!key.parameter() && !settings_.contains(key.name) && has_fallback(key)) {
        settings_[key.name] = key.fallback;
      }
    }
    Json& timing = settings_["time_benchmark_args"];
    timing = with_fallbacks(*find_key(spec_keys(), "time_benchmark_args")->keys, timing);
  }

  /// task_args with defaults. The cards of question answering have max_seq_length under `dataset`.
  Json task_args() const {
    Json given = settings_["task_args"];
    if (spec_.dataset.max_seq_length) given["max_seq_length"] = *spec_.dataset.max_seq_length;
    Json args = Json::object();
    for (const Key& key : task_args_keys()) {
      if (key.task != spec_.task) continue;
      const bool as_reference =
          spec_.protocol == Protocol::kReference && !key.reference_fallback.is_discarded();
      if (given.contains(key.name)) {
        args[key.name] = given[key.name];
      } else if (as_reference) {
        args[key.name] = key.reference_fallback;
      } else if (has_fallback(key)) {
        args[key.name] = key.fallback;
      }
    }
    return args;
  }

  void set_fields() {
    spec_.task = settings_["task"].get<std::string>();
    spec_.name_or_path = spec_.fixed[spec_.model_key].get<std::string>();
    if (const Json revision = spec_.fixed.value("revision", Json()); revision.is_string()) {
      spec_.revision = revision.get<std::string>();
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
    spec_.duration_s = settings_["time_benchmark_args"]["duration"].get<double>();
    spec_.warmup_runs = settings_["time_benchmark_args"]["warmup_runs"].get<int>();
    if (const Json& samples = settings_["max_eval_samples"]; !samples.is_null()) {
      spec_.max_eval_samples = samples.get<std::int64_t>();
    }
    spec_.eval_batch_size = settings_["eval_batch_size"].get<std::size_t>();
    if (settings_["protocol"] == "reference") spec_.protocol = Protocol::kReference;
    spec_.task_args = task_args();
    spec_.backend = settings_["backend"].get<std::string>();
    spec_.backend_args = settings_["backend_args"];
    if (settings_.contains("layout")) {
      spec_.layout = settings_["layout"].get<std::string>();
    } else if (july()) {
      spec_.layout = root_.find("backend") != nullptr ? "original_optimized_columns" : "combined";
    }
  }

  void expand_grid() {
    Grid grid;
    grid.benchmarked = spec_.benchmarked;
    for (const Key& key : spec_keys()) {
      if (!key.benchmarkable()) continue;
      const auto fixed = spec_.fixed.find(key.name);
      grid.values[key.name] = fixed != spec_.fixed.end() ? *fixed
                              : has_fallback(key)        ? key.fallback
                                                         : Json();
    }
    with_context(root_.where, [&] { spec_.cells = expand(grid); });
    check_cells(root_, spec_);
    const bool has_original =
        std::any_of(spec_.cells.begin(), spec_.cells.end(),
                    [](const Cell& cell) { return !cell.apply_quantization; });
    if (spec_.layout != "configuration_rows" && !has_original) {
      const std::string framework =
          spec_.protocol == Protocol::kReference ? "pytorch" : "onnxruntime";
      spec_.cells.insert(spec_.cells.begin(), original_cell(grid, framework));
    }
  }

  const Node& root_;
  const KnownNames& known_;
  Spec spec_;
  Json settings_ = Json::object();
};

Spec build(std::string_view yaml, const std::string& name,
           const std::vector<std::string>& overrides, const KnownNames& known) {
  Node root = parse_document(yaml, name);
  for (const std::string& text : overrides) apply_override(root, text);
  return Builder(root, known).build();
}

/// See Spec::name_or_path.
std::string resolve(const std::string& written, const std::filesystem::path& spec_directory) {
  const std::filesystem::path path(written);
  std::error_code ignored;
  if (path.is_absolute()) return written;
  const std::filesystem::path beside = (spec_directory / path).lexically_normal();
  return std::filesystem::exists(beside, ignored) ? beside.string() : written;
}

}  // namespace

Spec parse(std::string_view yaml, const std::string& name,
           const std::vector<std::string>& overrides, const KnownNames& known) {
  return build(yaml, name, overrides, known);
}

Spec load(const std::filesystem::path& path, const std::vector<std::string>& overrides,
          const KnownNames& known) {
  Spec spec = build(read_text(path), path.string(), overrides, known);
  spec.name_or_path = resolve(spec.name_or_path, path.parent_path());
  spec.dataset.path = resolve(spec.dataset.path, path.parent_path());
  return spec;
}

}  // namespace quantbench::spec
