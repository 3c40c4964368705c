#include "cli/quantization_options.h"

#include <algorithm>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::cli {

namespace {

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

Json QuantizationOptions::values(const std::string& approach) const {
  const Json values = flags_.values();
  for (const Parameter& parameter : flags_.parameters()) {
    if (!values.contains(parameter.name) || parameter.owners.empty()) continue;
    if (!contains(parameter.owners, approach)) {
      refuse_option(flag_of(parameter), parameter.owners);
    }
  }
  for (const Parameter& parameter : quantize::approaches().get(approach).parameters()) {
    const Json value = values.value(parameter.name, Json());
    if (!value.is_string() || parameter.allowed.empty()) continue;
    if (!contains(parameter.allowed, value.get<std::string>())) {
      throw Error(approach + " quantization does not take " + value.get<std::string>(),
                  flag_of(parameter), "one of " + join(parameter.allowed, ", "));
    }
  }
  flags_.check("--approach", approach);
  return values;
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
