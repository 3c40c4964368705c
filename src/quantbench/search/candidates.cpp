#include "quantbench/search/candidates.h"

#include <algorithm>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/quantize/preset.h"
#include "quantbench/runtime/session.h"

namespace quantbench::search {

namespace {

constexpr const char* kExclusion = "node_exclusion";
constexpr const char* kCalibration = "calibration";

bool is_installed(const std::string& framework) {
  try {
    runtime::runtimes().get(framework).facts();
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// Points of one approach, without a framework.
std::vector<Json> points_of(const quantize::Approach& approach,
                            const std::vector<std::string>& instruction_sets) {
  std::vector<Json> points = approach.candidates();
  for (const quantize::TakenPreset& taken : quantize::presets_in(approach.parameters())) {
    if (taken.preset->suits(instruction_sets)) points.push_back({{taken.key, taken.name}});
  }
  return points;
}

}  // namespace

std::vector<std::string> usual_frameworks() {
  std::vector<std::string> names = {runtime::runtimes().default_name()};
  for (const std::string& name : runtime::runtimes().names()) {
    const runtime::Runtime& runtime = runtime::runtimes().get(name);
    const bool runs_graphs = runtime.model_form() == runtime::ModelForm::kOnnx;
    if (name != names[0] && runs_graphs && !runtime.quantizes() && is_installed(name)) {
      names.push_back(name);
    }
  }
  return names;
}

void require_frameworks(const std::vector<std::string>& names, const std::string& where) {
  for (const std::string& name : names) {
    with_context(where, [&] { runtime::runtimes().get(name).facts(); });
  }
}

std::vector<Json> starting_points(const std::vector<std::string>& frameworks, const Json& machine,
                                  std::size_t calibration_samples) {
  const auto instruction_sets =
      machine.value("instruction_sets", Json::array()).get<std::vector<std::string>>();
  const auto of_original = std::ranges::find_if(frameworks, [](const std::string& name) {
    return !runtime::runtimes().get(name).quantizes();
  });
  const std::string original =
      of_original == frameworks.end() ? runtime::runtimes().default_name() : *of_original;
  std::vector<Json> points = {{{"framework", original}, {"apply_quantization", false}}};
  for (const std::string& framework : frameworks) {
    const runtime::Runtime& runtime = runtime::runtimes().get(framework);
    if (runtime.quantizes()) {
      points.push_back({{"framework", framework}, {"apply_quantization", true}});
      continue;
    }
    for (const std::string& name : quantize::approaches().names()) {
      const quantize::Approach& approach = quantize::approaches().get(name);
      if (approach.quantizes_at_run_time() && !runtime.against_run_time_quantization().empty()) {
        continue;
      }
      for (const Json& options : points_of(approach, instruction_sets)) {
        Json point = {{"framework", framework},
                      {"apply_quantization", true},
                      {"quantization_approach", name}};
        point.update(options);
        point[kExclusion] = Json::array();
        if (approach.calibrates()) {
          // Padding outside of the ranges costs nothing, and inside it can cost everything.
          point[kCalibration] = {{"num_calibration_samples", calibration_samples},
                                 {"calibration_padding", "longest"},
                                 {"mask_padding", true}};
        }
        points.push_back(std::move(point));
      }
    }
  }
  return points;
}

spec::Cell with_excluded(spec::Cell cell, const std::vector<std::string>& nodes) {
  std::vector<std::string> all = cell.node_exclusion.value_or(std::vector<std::string>{});
  for (const std::string& node : nodes) {
    if (std::find(all.begin(), all.end(), node) == all.end()) all.push_back(node);
  }
  cell.quantization[kExclusion] = all;
  cell.parameters[kExclusion] = all;
  cell.node_exclusion = std::move(all);
  return cell;
}

}  // namespace quantbench::search
