#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/option_names.h"
#include "cli/output.h"
#include "quantbench/base/text.h"

namespace quantbench::cli {

namespace {

/// Words of each command, and values of its options, for bash; zsh uses them through bashcompinit.
/// bash takes "--format=" apart into the option and "=".
std::string bash_script(const CLI::App& app) {
  std::string words;
  std::string values;
  for (const std::string& name : visible_commands(app)) {
    const CLI::App& command = *app.get_subcommand(name);
    words += fmt::format("    {}) words=\"{}\" ;;\n", name, join(option_names(command), " "));
    for (const CLI::Option* option : command.get_options()) {
      const std::vector<std::string> known = values_of(*option);
      if (known.empty()) continue;
      std::vector<std::string> asked;
      for (const std::string& flag : shown_names(*option)) {
        asked.push_back(fmt::format("\"{} {}\"", name, flag));
      }
      // A positional: the first word after the command.
      if (asked.empty()) asked.push_back(fmt::format("\"{} {}\"", name, name));
      values += fmt::format("    {}) values=\"{}\" ;;\n", join(asked, "|"), join(known, " "));
    }
  }
  return fmt::format(
      "_quantbench() {{\n"
      "  local current=\"${{COMP_WORDS[COMP_CWORD]}}\" previous=\"${{COMP_WORDS[COMP_CWORD-1]}}\"\n"
      "  local command=\"${{COMP_WORDS[1]}}\" words values=\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      "    COMPREPLY=($(compgen -W \"{} {}\" -- \"$current\"))\n"
      "    return\n"
      "  fi\n"
      "  if [ \"$current\" = = ]; then current=; fi\n"
      "  if [ \"$previous\" = = ]; then previous=\"${{COMP_WORDS[COMP_CWORD-2]}}\"; fi\n"
      "  case \"$command $previous\" in\n{}"
      "    \"help help\") values=\"{}\" ;;\n"
      "  esac\n"
      "  if [ -n \"$values\" ]; then\n"
      "    COMPREPLY=($(compgen -W \"$values\" -- \"$current\"))\n"
      "    return\n"
      "  fi\n"
      "  case \"$command\" in\n{}"
      "  esac\n"
      "  case \"$current\" in\n"
      "    -*) COMPREPLY=($(compgen -W \"$words\" -- \"$current\")) ;;\n"
      "    *) COMPREPLY=($(compgen -f -- \"$current\")) ;;\n"
      "  esac\n"
      "}}\n"
      "complete -o filenames -F _quantbench quantbench\n",
      join(visible_commands(app), " "), join(option_names(app), " "), values,
      join(visible_commands(app), " "), words);
}

std::string fish_script(const CLI::App& app) {
  std::string out;
  for (const std::string& name : visible_commands(app)) {
    const CLI::App* command = app.get_subcommand(name);
    out += fmt::format("complete -c quantbench -n __fish_use_subcommand -f -a {} -d '{}'\n", name,
                       command->get_description());
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& flag : shown_names(*option)) {
        const bool is_long = flag.starts_with("--");
        const std::vector<std::string> values = values_of(*option);
        out += fmt::format("complete -c quantbench -n '__fish_seen_subcommand_from {}' -{} {}{}\n",
                           name, is_long ? 'l' : 's', flag.substr(is_long ? 2 : 1),
                           values.empty() ? "" : " -x -a '" + join(values, " ") + "'");
      }
    }
  }
  return out;
}

class Completion : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    const auto shell = std::make_shared<std::string>();
    CLI::App* command = app.add_subcommand("completion", "Print a shell completion script");
    command->add_option("SHELL", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->footer("Use it with: source <(quantbench completion bash)");
    command->callback([shell, &app] {
      if (*shell == "fish") {
        print_text(fish_script(app));
        return;
      }
      if (*shell == "zsh") print("autoload -U +X bashcompinit && bashcompinit\n");
      print_text(bash_script(app));
    });
  }
};

}  // namespace

void register_completion(CommandRegistry& registry) {
  registry.add("completion", std::make_unique<Completion>());
}

}  // namespace quantbench::cli
