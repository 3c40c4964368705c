#include "quantbench/spec/grid.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/spec/schema.h"

namespace quantbench::spec {

namespace {

template <typename T>
std::optional<T> optional_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::nullopt;
  return found->get<T>();
}

/// "pytorch", and "pytorch_dynamic", which quantizes by itself. Keys of our quantizers and of ONNX
/// graphs do not apply to either.
bool is_pytorch(const Json& framework) {
  return framework.get_ref<const std::string&>().starts_with("pytorch");
}

bool runs_pytorch(const Grid& grid) {
  const auto found = grid.benchmarked.find("framework");
  if (found == grid.benchmarked.end()) return is_pytorch(grid.values.at("framework"));
  return std::any_of(found->begin(), found->end(), is_pytorch);
}

/// framework_args lists {} beside others: it is pytorch's then, and the others are not.
bool lists_pytorch_args(const Grid& grid) {
  const auto found = grid.benchmarked.find("framework_args");
  return found != grid.benchmarked.end() && found->size() > 1 && runs_pytorch(grid) &&
         std::any_of(found->begin(), found->end(), [](const Json& args) { return args.empty(); });
}

/// What of framework_args has a meaning for pytorch: the threads.
Json pytorch_args(const Json& args) {
  const auto threads = optional_of<int>(args, "intra_op_num_threads");
  return threads ? Json({{"intra_op_num_threads", *threads}}) : Json::object();
}

/// Nulls every key of `point` that has no meaning at it.
void normalise(Json& point) {
  if (is_pytorch(point["framework"])) {
    point["framework_args"] = pytorch_args(point["framework_args"]);
    point["apply_quantization"] = nullptr;
  }
  const bool quantized =
      point["apply_quantization"].is_boolean() && point["apply_quantization"].get<bool>();
  for (const Key& key : spec_keys()) {
    if (key.use == Key::Use::kQuantization && !quantized) point[key.name] = nullptr;
  }
  if (point["quantization_approach"] == "dynamic") point["calibration"] = nullptr;
}

Cell cell_of(const Grid& grid, const Json& point) {
  Cell cell;
  cell.framework = point["framework"].get<std::string>();
  cell.framework_args = framework_args_of(point["framework_args"]);
  cell.apply_quantization =
      point["apply_quantization"].is_boolean() && point["apply_quantization"].get<bool>();
  cell.quantization_approach = optional_of<std::string>(point, "quantization_approach");
  cell.operators_to_quantize =
      optional_of<std::vector<std::string>>(point, "operators_to_quantize");
  cell.node_exclusion = optional_of<std::vector<std::string>>(point, "node_exclusion");
  cell.per_channel = optional_of<bool>(point, "per_channel");
  cell.reduce_range = optional_of<bool>(point, "reduce_range");
  if (const Json& value = point["calibration"]; value.is_object()) {
    cell.calibration = calibration_of(value);
  }
  for (const auto& [key, values] : grid.benchmarked.items()) cell.parameters[key] = point[key];
  return cell;
}

void check_size(const Grid& grid) {
  std::size_t cells = 1;
  for (const auto& [key, values] : grid.benchmarked.items()) {
    cells *= values.size();
    if (cells > kMaxCells) {
      throw Error("the grid has more than " + std::to_string(kMaxCells) + " cells");
    }
  }
}

}  // namespace

FrameworkArgs framework_args_of(const Json& value) {
  FrameworkArgs args;
  args.opset = value.value("opset", args.opset);
  args.optimization_level = value.value("optimization_level", args.optimization_level);
  args.intra_op_num_threads = optional_of<int>(value, "intra_op_num_threads");
  return args;
}

CalibrationSpec calibration_of(const Json& value) {
  CalibrationSpec out;
  out.method = value.value("method", out.method);
  out.num_calibration_samples = value["num_calibration_samples"].get<std::int64_t>();
  out.calibration_histogram_percentile =
      optional_of<double>(value, "calibration_histogram_percentile");
  out.calibration_moving_average = optional_of<bool>(value, "calibration_moving_average");
  out.calibration_moving_average_constant =
      optional_of<double>(value, "calibration_moving_average_constant");
  out.calibration_padding = value.value("calibration_padding", out.calibration_padding);
  out.mask_padding = value.value("mask_padding", out.mask_padding);
  return out;
}

std::vector<Cell> expand(const Grid& grid) {
  check_size(grid);
  std::vector<Json> points = {grid.values};
  for (const auto& [key, values] : grid.benchmarked.items()) {
    std::vector<Json> longer;
    longer.reserve(points.size() * values.size());
    for (const Json& point : points) {
      for (const Json& value : values) {
        longer.push_back(point);
        longer.back()[key] = value;
      }
    }
    points = std::move(longer);
  }
  std::vector<Cell> cells;
  std::set<std::string> seen;
  for (Json& point : points) {
    if (lists_pytorch_args(grid) &&
        is_pytorch(point["framework"]) != point["framework_args"].empty()) {
      continue;
    }
    normalise(point);
    // Keys come in different orders from benchmarked and fixed values; nlohmann::json sorts them.
    if (seen.insert(nlohmann::json(point).dump()).second) cells.push_back(cell_of(grid, point));
  }
  return cells;
}

Cell original_cell(const Grid& grid, const std::string& framework) {
  Json point = grid.values;
  for (const auto& [key, values] : grid.benchmarked.items()) point[key] = values[0];
  point["framework"] = framework;
  point["apply_quantization"] = false;
  normalise(point);
  Cell cell = cell_of(grid, point);
  for (const auto& [key, values] : grid.benchmarked.items()) cell.parameters[key] = nullptr;
  return cell;
}

}  // namespace quantbench::spec
