#include "quantbench/quantize/preset.h"

#include "quantbench/quantize/common_parameters.h"

namespace quantbench::quantize {

namespace {

constexpr const char* kKey = "preset";

}  // namespace

Parameter preset_parameter(ActivationRanges ranges) {
  Parameter parameter = quantizer_option({.name = kKey, .fallback = nullptr, .nullable = true});
  parameter.help = "Options under one name, for all that are not given";
  parameter.fallback_help = "none";
  for (const std::string& name : presets().names()) {
    const Preset& preset = presets().get(name);
    // Of every preset: the parameters of several approaches are shown as one.
    parameter.help +=
        (name == presets().names().front() ? ": " : "; ") + name + ", " + preset.summary();
    const std::optional<Json> options = preset.options(ranges);
    if (!options) continue;
    parameter.allowed.push_back(name);
    parameter.fills.emplace(name, *options);
  }
  return parameter;
}

std::vector<TakenPreset> presets_in(const Parameters& parameters) {
  std::vector<TakenPreset> out;
  for (const Parameter& parameter : parameters) {
    for (const auto& [name, options] : parameter.fills) {
      const Preset* preset = presets().find(name);
      if (preset != nullptr) out.push_back({parameter.name, name, preset, options});
    }
  }
  return out;
}

Json without_presets(Json options) {
  options.erase(kKey);
  return options;
}

}  // namespace quantbench::quantize
