#pragma once

#include <map>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/base/parameter.h"
#include "quantbench/base/registry.h"
#include "quantbench/graph/model.h"
#include "quantbench/quantize/affine.h"
#include "quantbench/quantize/ranges.h"
#include "quantbench/quantize/remedy.h"
#include "quantbench/quantize/report.h"

namespace quantbench::quantize {

/// A way to quantize a model: a value of `quantization_approach`. One file an approach in
/// approaches/. It declares its parameters, and gets their values as JSON by these names; a missing
/// one has its default.
class Approach {
 public:
  virtual ~Approach() = default;
  /// What it does, as a noun phrase.
  virtual std::string summary() const = 0;
  virtual Parameters parameters() const = 0;
  /// True for the approach that is meant where a spec or command names none.
  virtual bool is_default() const { return false; }
  /// Whether it needs ranges of activations, hence samples.
  virtual bool calibrates() const { return false; }
  /// Whether its models quantize activations while they run.
  virtual bool quantizes_at_run_time() const { return false; }
  /// The graph optimization level from which on the runtime fuses what `quantize` writes with these
  /// options. Below it, the operators and their conversions run one by one. 0: nothing waits to be
  /// fused.
  virtual int fused_from_level(const Json& /*options*/) const { return 0; }
  /// The activations whose ranges `quantize` will ask for, in graph order.
  virtual std::vector<std::string> tensors_to_calibrate(const graph::Model& /*model*/,
                                                        const Json& /*options*/) const {
    return {};
  }
  /// The same for quantizing each operator alone: an operator that shares its input's range in the
  /// whole model then asks for a range of its own.
  virtual std::vector<std::string> tensors_to_calibrate_each(const graph::Model& model,
                                                             const Json& options) const {
    return tensors_to_calibrate(model, options);
  }
  /// How activations of these ranges are quantized in the model.
  virtual std::map<std::string, Affine> activation_maps(const graph::Model& /*model*/,
                                                        const Ranges& /*ranges*/,
                                                        const Json& /*options*/) const {
    return {};
  }
  /// Values of its parameters that are worth trying where the user names none:
  /// what a search begins with, beside the presets.
  virtual std::vector<Json> candidates() const { return {Json::object()}; }
  /// Presets that leave activations of the model in float which these options quantize.
  virtual std::vector<PresetAdvice> advice(const graph::Model& /*model*/,
                                           const Json& /*options*/) const {
    return {};
  }
  /// Its options that can give back accuracy. Presets say so themselves.
  virtual std::vector<Remedy> remedies() const { return {}; }
  /// Rewrites `model` in place. `ranges` is empty unless it calibrates. Throws Error: unknown
  /// operator kind or exclusion (with the nearest name), a tensor without a range, a model that is
  /// quantized already.
  virtual Report quantize(graph::Model& model, const Json& options, const Ranges& ranges) const = 0;
};

using ApproachRegistry = Registry<Approach>;
void register_builtin_approaches(ApproachRegistry& registry);
ApproachRegistry& approaches();

/// The parameters of all approaches, each with the approaches that have it.
Parameters approach_parameters();

/// Names of the approaches that need samples, sorted.
std::vector<std::string> calibrating_approaches();

}  // namespace quantbench::quantize
