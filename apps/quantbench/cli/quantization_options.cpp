#include "cli/quantization_options.h"

#include <algorithm>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/quantize/preset.h"

namespace quantbench::cli {

namespace {

/// The key of a spec whose values CalibrationOptions has.
constexpr const char* kCalibration = "calibration";

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

[[noreturn]] void refuse_option(const std::string& option,
                                const std::vector<std::string>& approaches) {
  throw Error(option + " applies to " + join(approaches, " and ") + " quantization only", {},
              "--approach " + approaches.front());
}

}  // namespace

std::string heading_of(const std::vector<std::string>& approaches) {
  std::string heading = join(approaches, " and ") + " quantization";
  heading.front() = static_cast<char>(heading.front() - 'a' + 'A');
  return heading;
}

void QuantizationOptions::add_to(CLI::App& command) {
  const std::size_t approaches = quantize::approaches().names().size();
  flags_.add_to(command, [&](const Parameter& parameter) -> std::string {
    const bool of_all = parameter.owners.empty() || parameter.owners.size() == approaches;
    return of_all ? "" : heading_of(parameter.owners);
  });
}

std::string QuantizationOptions::approach_for_preset(const std::string& approach) const {
  const Json given = flags_.values();
  const auto takes = [&](const std::string& name) {
    const Parameters own = quantize::approaches().get(name).parameters();
    return std::ranges::all_of(flags_.parameters(), [&](const Parameter& parameter) {
      const Json value = parameter.fills.empty() ? Json() : given.value(parameter.name, Json());
      if (!value.is_string()) return true;
      const Parameter* preset = find_parameter(own, parameter.name);
      return preset != nullptr && preset->fills.count(value.get<std::string>()) != 0;
    });
  };
  if (takes(approach)) return approach;
  const std::vector<std::string> names = quantize::approaches().names();
  const auto other = std::ranges::find_if(names, takes);
  return other == names.end() ? approach : *other;
}

QuantizationOptions::Filled QuantizationOptions::filled(const std::string& approach) const {
  Filled filled;
  filled.options = fills_of(quantize::approaches().get(approach).parameters(), flags_.values());
  if (const auto found = filled.options.find(kCalibration); found != filled.options.end()) {
    filled.calibration = *found;
    filled.options.erase(kCalibration);
  }
  return filled;
}

Json QuantizationOptions::calibration(const std::string& approach) const {
  return filled(approach).calibration;
}

Json QuantizationOptions::preset(const std::string& approach, const Json& calibration) const {
  const Json given = flags_.values();
  for (const Parameter& parameter : quantize::approaches().get(approach).parameters()) {
    if (parameter.fills.empty() || !given.contains(parameter.name)) continue;
    return {{"name", given[parameter.name]},
            {"options", filled(approach).options},
            {"calibration", calibration}};
  }
  return nullptr;
}

Json QuantizationOptions::values(const std::string& approach) const {
  const Json given = flags_.values();
  for (const Parameter& parameter : flags_.parameters()) {
    if (!given.contains(parameter.name) || parameter.owners.empty()) continue;
    if (!contains(parameter.owners, approach)) {
      refuse_option(flag_of(parameter), parameter.owners);
    }
  }
  for (const Parameter& parameter : quantize::approaches().get(approach).parameters()) {
    const Json value = given.value(parameter.name, Json());
    if (!value.is_string() || parameter.allowed.empty()) continue;
    if (!contains(parameter.allowed, value.get<std::string>())) {
      throw Error(approach + " quantization does not take " + value.get<std::string>(),
                  flag_of(parameter), "one of " + join(parameter.allowed, ", "));
    }
  }
  const Json of_preset = filled(approach).options;
  flags_.check("--approach", approach, of_preset);
  Json values = of_preset;
  values.update(given);
  return quantize::without_presets(std::move(values));
}

void refuse_group(const CLI::App& command, const std::string& group,
                  const std::vector<std::string>& approaches) {
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_group() == group && option->count() > 0) {
      refuse_option(option->get_name(), approaches);
    }
  }
}

}  // namespace quantbench::cli
