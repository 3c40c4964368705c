#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantbench/base/json.h"

namespace quantbench::spec {

/// The level of ONNX Runtime that is its own default: every graph optimization.
inline constexpr int kAllOptimizations = 99;

/// Arguments of the framework, typed. For pytorch all stay unset and `framework_args` of the cell
/// is {}.
struct FrameworkArgs {
  int opset = 11;
  /// The level that counts.
  int optimization_level = kAllOptimizations;
  /// The level that the spec gives and that does not count, under `protocol: reference`. The tool
  /// of the cards read the key and never applied it.
  std::optional<int> unapplied_optimization_level = std::nullopt;
  std::optional<int> intra_op_num_threads;
  /// Values of the framework's own parameters by name, its defaults too.
  Json own = Json::object();

  bool operator==(const FrameworkArgs&) const = default;
};

struct DatasetSpec {
  /// A local directory or file, or a data set of the Hub.
  std::string path;
  /// Of a data set of the Hub: branch, tag or commit.
  std::optional<std::string> revision;
  std::optional<std::string> name;
  std::optional<std::string> calibration_split;
  std::string eval_split;
  Json data_keys = Json::object();    ///< {"primary": "sentence"}
  std::vector<std::string> ref_keys;  ///< exactly one
  /// Question answering: the length contexts are cut to (null: the tokenizer's, at most 384).
  std::optional<std::int64_t> max_seq_length;
};

/// One point of the grid: everything that decides the measured model. A key that does not apply to
/// the cell (per_channel of an unquantized cell) is nullopt, so equivalent cells compare equal.
struct Cell {
  std::string framework;
  FrameworkArgs framework_args;
  bool apply_quantization = true;
  std::optional<std::string> quantization_approach;
  /// An empty list quantizes nothing, as in the reference (not "every kind").
  std::optional<std::vector<std::string>> operators_to_quantize;
  std::optional<std::vector<std::string>> node_exclusion;
  std::optional<bool> per_channel;
  std::optional<bool> reduce_range;
  /// The values of the approach's parameters by name, those above too, with its defaults. A missing
  /// one has no value or no meaning at this point.
  Json quantization = Json::object();
  /// Where the approach calibrates: the keys of `calibration` that the spec gives.
  std::optional<Json> calibration;

  /// The cell's value of every benchmarked key in spec order, as the card shows it (null: None).
  /// This identifies a row.
  Json parameters = Json::object();
};

/// Among the numbers of streams: one for each processor that the run may use, and its word in a
/// spec.
inline constexpr std::int64_t kStreamPerCore = 0;
inline constexpr const char* kCores = "cores";

/// The spec's key for prices, and the name in it of every machine without a price of its own.
inline constexpr const char* kPricePerHour = "price_per_hour";
inline constexpr const char* kAnyMachine = "any";

/// How a value is to be computed where the reference has bugs that its cards depend on.
enum class Protocol { kDefault, kReference };

/// A spec, checked. Everything about the text (file, line) is gone; whoever finds a fault later
/// names the key.
struct Spec {
  /// Empty: the spec names none, and the model's head says it (with_task).
  std::string task;
  /// What the task's runs depend on, every default written out but doc_stride's. Without a task, as
  /// the spec has them.
  Json task_args = Json::object();
  /// The checkpoint: a local directory, or a model of the Hub. A relative path that exists beside
  /// the spec file is given with the spec's directory before it (dataset.path as well), any other
  /// is one below the working directory. One of `--set` is first looked up in the working
  /// directory. `fixed` keeps it as written.
  std::string name_or_path;
  /// The key the author used: "name_or_path" or the older "model_name_or_path".
  std::string model_key = "name_or_path";
  /// Of a model of the Hub: branch, tag or commit.
  std::optional<std::string> revision;
  /// false: an ONNX model; nullopt: not said.
  std::optional<bool> from_transformers;
  /// The ONNX model among several of name_or_path.
  std::optional<std::string> file_name;
  /// The values that the spec itself gives framework_args.opset.
  std::vector<int> given_opsets;
  DatasetSpec dataset;
  std::vector<std::string> metrics;
  std::vector<std::int64_t> batch_sizes;
  std::vector<std::int64_t> input_lengths;
  /// Numbers of concurrent streams; may hold kStreamPerCore.
  std::vector<std::int64_t> streams;
  double duration_s = 30;
  int warmup_runs = 10;
  double target = 0.01;  ///< width of a speedup's interval that is narrow enough, as a share of it
  int starts = 3;        ///< times that each timed process is started
  bool affinity = true;  ///< keep the timed threads on free cores
  std::optional<std::int64_t> max_eval_samples;
  std::size_t eval_batch_size = 1;
  /// Evaluates the first max_eval_samples rows of the split as this seed shuffles them. nullopt: in
  /// the split's own order, or as the task wants it. No key of a spec: searches set it.
  std::optional<std::uint32_t> sample_seed = {};
  Protocol protocol = Protocol::kDefault;
  /// Measure what brings back the accuracy of rows that lose much of it.
  bool explain = true;
  /// Quantized models run before they are measured (stages::Quantize). No key of a spec: searches,
  /// which evaluate them next, save that time.
  bool verifies_quantized = true;
  /// Evaluations say in which precision the runtime computes (stages::Evaluate). No key of a spec:
  /// searches do not ask that at their first looks.
  bool tells_precision = true;
  /// Layout of the card. If the spec names none: the default of its form (SpecForm).
  std::string layout;
  /// Which cells are measured: all of the grid, or those that a search asks for.
  std::string strategy;
  Json strategy_args = Json::object();
  std::string backend;  ///< may name one that this build does not have
  Json backend_args = Json::object();
  /// A value of backend_args that names a kind of machine -> what an hour of it costs; kAnyMachine:
  /// every other one. Decides nothing of what is measured.
  Json price_per_hour = Json::object();

  /// Fixed and benchmarked parameters in the author's order, values as given (normalised to the
  /// schema's key order, defaults of `dataset` and `framework_args` filled in): what the card
  /// lists. Benchmarked: key -> list of values.
  Json fixed = Json::object();
  Json benchmarked = Json::object();

  /// Cells that differ, in grid order (first benchmarked key slowest), impossible ones dropped.
  /// The layouts with (original) and (optimized) columns need an original to compare with: a grid
  /// that has no unquantized cell then starts with one, whose parameters are all null (framework
  /// pytorch under `protocol: reference`, as the cards; else onnxruntime).
  std::vector<Cell> cells;

  /// What store::RunResult::spec holds: task, task_args, model_key, name_or_path and dataset (as
  /// written), metrics, batch_sizes, input_lengths, time_benchmark_args, max_eval_samples,
  /// eval_batch_size, protocol, layout, backend, backend_args; streams and price_per_hour where
  /// there are any.
  Json to_json() const;

  /// The spec with every default written out, which `quantbench run` reads back to the same spec.
  /// Defaults of keys that the card would list if they were given stand as comments.
  std::string resolved_yaml() const;
};

/// Reads a YAML spec. Its keys and the names it may use are what the plug-ins declare.
/// `overrides` are "key=value" or "key.sub=value" texts of `--set`, value in YAML. Throws Error
/// "spec.yaml:12: unknown key 'per_chanel' (did you mean 'per_channel'?)" and the like; faults of
/// an override name "--set key=value" instead.
Spec load(const std::filesystem::path& path, const std::vector<std::string>& overrides = {});
/// The spec of a model with this task, for a spec that names none: its task_args are checked and
/// completed. Throws Error naming the key.
Spec with_task(Spec spec, const std::string& task);
/// The spec of a model that keeps its operator set (an ONNX file): framework_args.opset is `opset`
/// in all cells. Throws Error if the spec benchmarks other operator sets.
Spec with_opset(Spec spec, int opset);
/// The spec with other cells: one for each point, a map of benchmarkable keys and their values. A
/// key that a point lacks has the spec's fixed value, or its default. Points that come to the same
/// cell are kept once. `benchmarked` then lists the keys that any point has. The values are not
/// checked.
Spec with_points(Spec spec, const std::vector<Json>& points);
/// Adds each value of `parameters` to the list that `benchmarked` has for its key, unless it is
/// there.
void add_values(Json& benchmarked, const Json& parameters);
/// As `load`; `name` stands for the file in messages. Relative paths are left as they are.
Spec parse(std::string_view yaml, const std::string& name,
           const std::vector<std::string>& overrides = {});

}  // namespace quantbench::spec
