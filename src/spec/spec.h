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

/// Arguments of the framework, typed. For pytorch all stay unset and `framework_args` of the cell
/// is {}.
struct FrameworkArgs {
  int opset = 11;
  int optimization_level = 0;
  std::optional<int> intra_op_num_threads;
};

struct DatasetSpec {
  std::string path;
  std::optional<std::string> name;
  std::optional<std::string> calibration_split;
  std::string eval_split;
  Json data_keys = Json::object();    ///< {"primary": "sentence"}
  std::vector<std::string> ref_keys;  ///< exactly one
};

struct CalibrationSpec {
  std::string method = "minmax";
  std::int64_t num_calibration_samples = 0;
  std::optional<double> calibration_histogram_percentile;
  std::optional<bool> calibration_moving_average;
  std::optional<double> calibration_moving_average_constant;
};

/// One point of the grid: everything that decides the model to be measured. A key that does not
/// apply to the cell (per_channel of an unquantized one) is nullopt, and so are equal to each other
/// the cells that coincide.
struct Cell {
  std::string framework;
  FrameworkArgs framework_args;
  bool apply_quantization = true;
  std::optional<std::string> quantization_approach;
  std::optional<std::vector<std::string>> operators_to_quantize;
  std::optional<std::vector<std::string>> node_exclusion;
  std::optional<bool> per_channel;
  std::optional<bool> reduce_range;
  std::optional<CalibrationSpec> calibration;

  /// The cell's value of every benchmarked key in spec order, as the card shows it (null: None).
  /// This identifies a row.
  Json parameters = Json::object();
};

/// A spec, checked. Everything about the text (file, line) is gone; whoever finds a fault later
/// names the key.
struct Spec {
  std::string task;
  Json task_args = Json::object();
  std::string name_or_path;
  /// The key the author used: "name_or_path" or the older "model_name_or_path".
  std::string model_key = "name_or_path";
  DatasetSpec dataset;
  std::vector<std::string> metrics;
  std::vector<std::int64_t> batch_sizes;
  std::vector<std::int64_t> input_lengths;
  double duration_s = 30;
  int warmup_runs = 10;
  std::optional<std::int64_t> max_eval_samples;
  std::size_t eval_batch_size = 1;
  std::string backend = "local";
  Json backend_args = Json::object();

  /// Fixed and benchmarked parameters in the author's order, values as given (normalised to the
  /// schema's key order, defaults of `dataset` and `framework_args` filled in): what the card
  /// lists. Benchmarked: key -> list of values.
  Json fixed = Json::object();
  Json benchmarked = Json::object();

  /// Cells that differ, in grid order (first benchmarked key slowest), impossible ones dropped.
  std::vector<Cell> cells;

  /// The spec with every default written out, which `quantbench run` reads back to the same grid.
  std::string resolved_yaml() const;
};

/// Reads a YAML spec. `overrides` are "key=value" or "key.sub=value" texts of `--set`, value in
/// YAML. Throws Error "spec.yaml:12: unknown key 'per_chanel' (did you mean 'per_channel'?)" and
/// the like.
Spec load(const std::filesystem::path& path, const std::vector<std::string>& overrides = {});
/// As `load`; `name` stands for the file in messages.
Spec parse(std::string_view yaml, const std::string& name,
           const std::vector<std::string>& overrides = {});

}  // namespace quantbench::spec
