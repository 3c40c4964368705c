#include "cli/option_names.h"

#include <algorithm>
#include <set>

#include "quantbench/base/text.h"

namespace quantbench::cli {

namespace {

const std::string kOffer = "offered: ";

/// Whether a flag's name means no: "!--no-bias".
bool says_no(const CLI::Option& option, const std::string& name) {
  return option.check_fname(name) && option.get_flag_value(name, "") == "false";
}

std::set<std::string> long_names(const CLI::App& app) {
  std::set<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    names.insert(option->get_lnames().begin(), option->get_lnames().end());
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.merge(long_names(*command));
  }
  return names;
}

std::vector<std::string> offered_values(const CLI::Option& option) {
  try {
    for (int index = 0;; ++index) {
      const std::string name = const_cast<CLI::Option&>(option).get_validator(index)->get_name();
      if (name.starts_with(kOffer)) return split(name.substr(kOffer.size()), ' ');
    }
  } catch (const CLI::OptionNotFound&) {
    return {};
  }
}

}  // namespace

std::vector<std::string> shown_names(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const bool negative : {false, true}) {
    const auto& all = option.get_lnames();
    const auto first = std::find_if(all.begin(), all.end(), [&](const std::string& name) {
      return says_no(option, name) == negative;
    });
    if (first != all.end()) names.push_back("--" + *first);
  }
  return names;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (std::string& name : shown_names(*option)) names.push_back(std::move(name));
  }
  return names;
}

void offer_values(CLI::Option& option, const std::vector<std::string>& values) {
  // An inactive check: CLI11 keeps it with the option, and never calls or shows it.
  CLI::Validator offer;
  offer.active(false).name(kOffer + join(values, " "));
  option.check(offer);
}

std::vector<std::string> values_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return offered_values(option);
  return split(type.substr(open + 1, close - open - 1), ',');
}

std::vector<std::string> visible_commands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return names;
}

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->check_name(name)) return command;
  }
  return nullptr;
}

std::string OptionFormatter::make_option_name(const CLI::Option* option, bool is_positional) const {
  if (is_positional || option->get_group().empty()) {
    return Formatter::make_option_name(option, is_positional);
  }
  return join(shown_names(*option), ",");
}

std::vector<std::string> with_hyphens(std::vector<std::string> arguments, const CLI::App& app) {
  const std::set<std::string> known = long_names(app);
  for (std::string& argument : arguments) {
    if (argument == "--") break;
    if (!argument.starts_with("--")) continue;
    const std::size_t end = std::min(argument.find('='), argument.size());
    std::string name = argument.substr(2, end - 2);
    std::replace(name.begin(), name.end(), '_', '-');
    if (known.contains(name)) argument.replace(2, end - 2, name);
  }
  return arguments;
}

}  // namespace quantbench::cli
