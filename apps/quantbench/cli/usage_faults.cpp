#include "cli/usage_faults.h"

#include "cli/option_names.h"
#include "quantbench/base/text.h"

namespace quantbench::cli {

namespace {

bool is_option(const std::string& argument) {
  return argument.size() > 1 && argument[0] == '-' && argument.find_first_of("0123456789.") != 1;
}

/// "--batch=8" -> "--batch", "-vv" -> "-v".
std::string name_of(const std::string& argument) {
  if (argument.starts_with("--")) return argument.substr(0, argument.find('='));
  return argument.substr(0, 2);
}

/// The option that a wrong name probably stands for. A single letter stands for the shortest option
/// that begins with it.
std::string suggestion(const std::string& name, const std::vector<std::string>& known) {
  if (name.starts_with("--")) return suggest(name, known);
  std::string nearest;
  for (const std::string& candidate : known) {
    const bool begins = candidate.starts_with("--") && candidate.substr(2, 1) == name.substr(1, 1);
    if (begins && (nearest.empty() || candidate.size() < nearest.size())) nearest = candidate;
  }
  if (nearest.empty()) return "known: " + join_some(known, ", ");
  return "did you mean " + nearest + "?";
}

}  // namespace

std::optional<std::string> unknown_word(const std::vector<std::string>& arguments,
                                        const CLI::App& app) {
  const CLI::App* command = nullptr;
  bool is_value = false;
  for (const std::string& argument : arguments) {
    if (argument == "--") break;
    if (std::exchange(is_value, false)) continue;
    if (is_option(argument)) {
      const std::string name = name_of(argument);
      const CLI::Option* option = command != nullptr ? command->get_option_no_throw(name) : nullptr;
      if (option == nullptr) option = app.get_option_no_throw(name);
      if (option == nullptr) {
        const CLI::App& place = command != nullptr ? *command : app;
        std::vector<std::string> known = option_names(place);
        if (command != nullptr) {
          for (std::string& of_all : option_names(app)) known.push_back(std::move(of_all));
        }
        return (command != nullptr ? command->get_name() : "quantbench") + " has no option '" +
               name + "' (" + suggestion(name, known) + ")";
      }
      is_value = option->get_expected_min() > 0 && argument == name;
      continue;
    }
    if (command != nullptr) continue;
    command = find_command(app, argument);
    if (command == nullptr) {
      return "unknown command '" + argument + "' (" + suggest(argument, visible_commands(app)) +
             ")";
    }
  }
  return std::nullopt;
}

}  // namespace quantbench::cli
