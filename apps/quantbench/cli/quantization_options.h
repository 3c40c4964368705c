#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/parameter_flags.h"
#include "quantbench/base/json.h"
#include "quantbench/quantize/approach.h"

namespace quantbench::cli {

/// The flags of a command that quantizes one model: the parameters of an approach, or of all.
class QuantizationOptions {
 public:
  QuantizationOptions() : flags_(quantize::approach_parameters()) {}
  explicit QuantizationOptions(const quantize::Approach& approach)
      : flags_(approach.parameters()) {}

  /// Parameters that not every approach has are in a group of their own.
  void add_to(CLI::App& command);

  /// The approach that takes the preset which was given, where `approach`, the default one, does
  /// not; else `approach`.
  std::string approach_for_preset(const std::string& approach) const;

  /// What was given and what the preset fills in, by name of the parameter. Throws Error: a value
  /// of the wrong type, an operator kind that no approach knows (with the nearest), a flag that
  /// `approach` does not have, ...
  Json values(const std::string& approach) const;

  /// What the preset says of the parameters of the calibration.
  Json calibration(const std::string& approach) const;

  /// The preset that was given: {"name", "options", "calibration"}, without the options that were
  /// given beside it; null without one. `calibration`: what holds of its values for the
  /// calibration.
  Json preset(const std::string& approach, const Json& calibration) const;

 private:
  /// What the preset says of parameters that were not given.
  struct Filled {
    Json options = Json::object();
    Json calibration = Json::object();
  };
  Filled filled(const std::string& approach) const;

  ParameterFlags flags_;
};

/// "Static quantization": the heading of what only these approaches have.
std::string heading_of(const std::vector<std::string>& approaches);

/// Throws Error "--dataset applies to static quantization only" when an option of the group was
/// given.
void refuse_group(const CLI::App& command, const std::string& group,
                  const std::vector<std::string>& approaches);

}  // namespace quantbench::cli
