#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/base/parameter.h"
#include "quantbench/base/registry.h"

namespace quantbench::quantize {

/// When an approach learns the ranges of activations.
enum class ActivationRanges {
  kFromSamples,  ///< beforehand: static quantization
  kAtRunTime     ///< dynamic quantization
};

/// A named set of ordinary options: a value of `preset`. One file a preset in presets/. An option
/// that is given beside the preset has the given value.
class Preset {
 public:
  virtual ~Preset() = default;
  /// What it quantizes and where it is good, as a noun phrase.
  virtual std::string summary() const = 0;
  /// The options by the names of the approach's parameters; null: the value of no option, where the
  /// default is another. `calibration`, if it is there, is a map of keys of `calibration`. nullopt:
  /// such an approach does not have the preset.
  virtual std::optional<Json> options(ActivationRanges ranges) const = 0;
  /// Whether a machine with these instruction sets (measure::machine_facts) is one that it is made
  /// for.
  virtual bool suits(const std::vector<std::string>& instruction_sets) const {
    static_cast<void>(instruction_sets);
    return true;
  }
  /// Whether the report of a quantization without it says what it would have left in float.
  virtual bool is_advised() const { return false; }
  /// What costs accuracy without it, a clause, where it can give accuracy back; else empty.
  virtual std::string remedies() const { return {}; }
};

using PresetRegistry = Registry<Preset>;
void register_builtin_presets(PresetRegistry& registry);
/// The registry, with the built-in presets.
PresetRegistry& presets();

/// The parameter `preset` of an approach: the presets that have options for it.
Parameter preset_parameter(ActivationRanges ranges);

/// A value of `preset` that an approach takes.
struct TakenPreset {
  std::string key;   ///< the parameter
  std::string name;  ///< its value
  const Preset* preset = nullptr;
  Json options;  ///< that it stands for
};

/// The presets that these parameters take.
std::vector<TakenPreset> presets_in(const Parameters& parameters);

/// `options` of an approach without those that only stand for others: what decides the result.
Json without_presets(Json options);

}  // namespace quantbench::quantize
