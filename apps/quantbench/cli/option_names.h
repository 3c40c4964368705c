#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace quantbench::cli {

/// The names of an option in `--help` and shell completion: the short name, the first long name,
/// and the first long name that means no. Other names (of the spec, of ONNX Runtime) also work. A
/// positional has no names.
std::vector<std::string> shown_names(const CLI::Option& option);

/// The shown names of all options of a command.
std::vector<std::string> option_names(const CLI::App& app);

/// Values that shell completion offers for an option. Other values stay allowed, and help does not
/// list these.
void offer_values(CLI::Option& option, const std::vector<std::string>& values);

/// The values that an option takes, if they are a closed list (help shows them as "{a,b}"), or that
/// were offered for it.
std::vector<std::string> values_of(const CLI::Option& option);

/// Names of the commands that help lists.
std::vector<std::string> visible_commands(const CLI::App& app);

/// The command of that name; nullptr if the program has no such command.
const CLI::App* find_command(const CLI::App& app, const std::string& name);

/// Help that lists each option once, by its shown names.
class OptionFormatter : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override;
};

/// Rewrites options to kebab-case, as they are declared: "--per_channel", the spec's spelling,
/// becomes "--per-channel". Changes only names of options of `app` and its commands, and nothing
/// after "--".
std::vector<std::string> with_hyphens(std::vector<std::string> arguments, const CLI::App& app);

}  // namespace quantbench::cli
