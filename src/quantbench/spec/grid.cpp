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

constexpr const char* kCalibration = "calibration";

template <typename T>
std::optional<T> optional_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::nullopt;
  return found->get<T>();
}

bool opens_checkpoint(const Grid& grid, const Json& framework) {
  const auto* known = grid.declared.find_framework(framework.get_ref<const std::string&>());
  return known != nullptr && known->opens_checkpoint;
}

bool runs_checkpoints(const Grid& grid) {
  const auto found = grid.benchmarked.find("framework");
  if (found == grid.benchmarked.end()) return opens_checkpoint(grid, grid.values.at("framework"));
  return std::any_of(found->begin(), found->end(),
                     [&](const Json& framework) { return opens_checkpoint(grid, framework); });
}

/// framework_args lists {} beside others: it belongs to frameworks that open the checkpoint then,
/// and the others do not.
bool lists_checkpoint_args(const Grid& grid) {
  const auto found = grid.benchmarked.find("framework_args");
  return found != grid.benchmarked.end() && found->size() > 1 && runs_checkpoints(grid) &&
         std::any_of(found->begin(), found->end(), [](const Json& args) { return args.empty(); });
}

/// What of framework_args has a meaning without a graph: the threads.
Json checkpoint_args(const Json& args) {
  const auto threads = optional_of<int>(args, "intra_op_num_threads");
  return threads ? Json({{"intra_op_num_threads", *threads}}) : Json::object();
}

/// What of framework_args has a meaning for the framework, its own parameters with their defaults.
Json args_of(const Grid& grid, const Declarations::Framework& framework, const Json& given) {
  const Schema& keys = find_parameter(grid.keys, "framework_args")->keys;
  Json args = framework.opens_checkpoint ? checkpoint_args(given) : Json::object();
  for (const auto& [name, value] : given.items()) {
    const Key* key = find_parameter(keys, name);
    const bool is_own = key != nullptr && !key->owners.empty();
    const bool is_level = name == "optimization_level" && !framework.has_optimization_levels;
    if (!framework.opens_checkpoint && !is_own && !is_level) args[name] = value;
  }
  for (const Parameter& parameter : framework.args) {
    args[parameter.name] = given.value(parameter.name, parameter.fallback);
  }
  return args;
}

bool is_quantized(const Json& point) {
  return point["apply_quantization"].is_boolean() && point["apply_quantization"].get<bool>();
}

const Declarations::Approach* approach_of(const Grid& grid, const Json& point) {
  const Json& name = point["quantization_approach"];
  return name.is_string() ? grid.declared.find_approach(name.get<std::string>()) : nullptr;
}

/// Whether the approach has the presets that are chosen at a point.
bool takes_presets(const Declarations::Approach& approach, const Grid& grid, const Json& point) {
  return std::ranges::all_of(grid.keys, [&](const Key& key) {
    const Json chosen = key.fills.empty() ? Json() : point.value(key.name, Json());
    if (!chosen.is_string()) return true;
    const Parameter* own = find_parameter(approach.parameters, key.name);
    return own != nullptr && own->fills.count(chosen.get<std::string>()) != 0;
  });
}

/// Sets the approach that takes the preset of a point, if the spec leaves the choice.
void choose_approach(const Grid& grid, Json& point) {
  const Declarations::Approach* approach = approach_of(grid, point);
  if (grid.given.count("quantization_approach") != 0 || approach == nullptr ||
      takes_presets(*approach, grid, point)) {
    return;
  }
  for (const Declarations::Approach& other : grid.declared.approaches) {
    if (!takes_presets(other, grid, point)) continue;
    point["quantization_approach"] = other.name;
    return;
  }
}

/// What the presets of a point say of keys that the spec does not give.
Json filled_at(const Grid& grid, const Json& point) {
  const Declarations::Approach* approach = approach_of(grid, point);
  if (approach == nullptr) return Json::object();
  Json given = Json::object();
  for (const auto& [key, value] : point.items()) {
    if (grid.given.count(key) != 0) given[key] = value;
  }
  return fills_of(approach->parameters, given);
}

/// The values of the approach's parameters: those that are given, and the defaults of quiet ones.
/// Those without meaning are left out.
Json values_of(const Declarations::Approach& approach, const Json& given_values,
               Protocol protocol) {
  Json values = Json::object();
  for (const Parameter& parameter : approach.parameters) {
    const Json given = given_values.value(parameter.name, Json());
    const Json& value = given.is_null() ? fallback_of(parameter, protocol) : given;
    if (!given.is_null() || (parameter.quiet && !value.is_discarded() && !value.is_null())) {
      values[parameter.name] = value;
    }
  }
  Json kept = Json::object();
  for (const Parameter& parameter : approach.parameters) {
    if (values.contains(parameter.name) && failed_condition(parameter, values) == nullptr) {
      kept[parameter.name] = values[parameter.name];
    }
  }
  return kept;
}

/// The values of the approach's parameters at a point, those without meaning left out.
Json quantization_at(const Grid& grid, const Json& unfilled) {
  const Declarations::Approach* approach = approach_of(grid, unfilled);
  if (approach == nullptr) return Json::object();
  Json point = unfilled;
  point.update(filled_at(grid, unfilled), /*merge_objects=*/true);
  return values_of(*approach, point, grid.protocol);
}

/// Nulls every key of `point` that has no meaning at it.
void normalise(const Grid& grid, Json& point) {
  const auto* framework =
      grid.declared.find_framework(point["framework"].get_ref<const std::string&>());
  if (framework != nullptr) {
    point["framework_args"] = args_of(grid, *framework, point["framework_args"]);
    if (framework->opens_checkpoint) point["apply_quantization"] = nullptr;
  }
  const bool quantized = is_quantized(point);
  if (quantized) choose_approach(grid, point);
  const Declarations::Approach* approach = quantized ? approach_of(grid, point) : nullptr;
  const Json values = quantized ? quantization_at(grid, point) : Json::object();
  for (const Key& key : grid.keys) {
    if (key.use != Key::Use::kQuantization || key.name == "quantization_approach") continue;
    const bool kept = key.name == kCalibration ? approach != nullptr && approach->calibrates
                                               : values.contains(key.name);
    if (!kept) point[key.name] = nullptr;
  }
  if (!quantized) point["quantization_approach"] = nullptr;
}

/// The options that the cell has as fields of its own.
void set_typed(Cell& cell, const Json& options) {
  cell.operators_to_quantize =
      optional_of<std::vector<std::string>>(options, "operators_to_quantize");
  cell.node_exclusion = optional_of<std::vector<std::string>>(options, "node_exclusion");
  cell.per_channel = optional_of<bool>(options, "per_channel");
  cell.reduce_range = optional_of<bool>(options, "reduce_range");
}

Cell cell_of(const Grid& grid, const Json& unfilled) {
  Cell cell;
  Json point = unfilled;
  if (is_quantized(point)) {
    cell.quantization = quantization_at(grid, point);
    point.update(filled_at(grid, point), /*merge_objects=*/true);
  }
  cell.framework = point["framework"].get<std::string>();
  cell.framework_args = framework_args_of(point["framework_args"], grid.protocol);
  if (const auto* framework = grid.declared.find_framework(cell.framework)) {
    for (const Parameter& own : framework->args) {
      cell.framework_args.own[own.name] = point["framework_args"][own.name];
    }
  }
  cell.apply_quantization = is_quantized(point);
  cell.quantization_approach = optional_of<std::string>(point, "quantization_approach");
  set_typed(cell, point);
  if (unfilled[kCalibration].is_object()) cell.calibration = point[kCalibration];
  for (const auto& [key, values] : grid.benchmarked.items()) cell.parameters[key] = unfilled[key];
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

FrameworkArgs framework_args_of(const Json& value, Protocol protocol) {
  FrameworkArgs args;
  args.opset = value.value("opset", args.opset);
  args.optimization_level = value.value("optimization_level", args.optimization_level);
  if (protocol == Protocol::kReference && args.optimization_level != kAllOptimizations) {
    args.unapplied_optimization_level = args.optimization_level;
    args.optimization_level = kAllOptimizations;
  }
  args.intra_op_num_threads = optional_of<int>(value, "intra_op_num_threads");
  return args;
}

const Json& fallback_of(const Key& key, Protocol protocol) {
  const bool of_reference =
      protocol == Protocol::kReference && !key.reference_fallback.is_discarded();
  return of_reference ? key.reference_fallback : key.fallback;
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
    if (lists_checkpoint_args(grid) &&
        opens_checkpoint(grid, point["framework"]) != point["framework_args"].empty()) {
      continue;
    }
    normalise(grid, point);
    // Keys come in different orders from benchmarked and fixed values; nlohmann::json sorts them.
    if (seen.insert(nlohmann::json(point).dump()).second) cells.push_back(cell_of(grid, point));
  }
  return cells;
}

Cell with_options(Cell cell, const Json& options, const Declarations& declared, Protocol protocol) {
  const auto* approach =
      cell.quantization_approach ? declared.find_approach(*cell.quantization_approach) : nullptr;
  if (approach == nullptr) return cell;
  Json values = cell.quantization;
  for (const auto& [name, value] : options.items()) {
    if (name != kCalibration) {
      values[name] = value;
    } else if (cell.calibration) {
      cell.calibration->update(value);
    }
  }
  cell.quantization = values_of(*approach, values, protocol);
  set_typed(cell, cell.quantization);
  return cell;
}

Cell original_cell(const Grid& grid, const std::string& framework) {
  Json point = grid.values;
  for (const auto& [key, values] : grid.benchmarked.items()) point[key] = values[0];
  point["framework"] = framework;
  point["apply_quantization"] = false;
  normalise(grid, point);
  Cell cell = cell_of(grid, point);
  for (const auto& [key, values] : grid.benchmarked.items()) cell.parameters[key] = nullptr;
  return cell;
}

}  // namespace quantbench::spec
