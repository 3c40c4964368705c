#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/option_names.h"
#include "cli/output.h"

namespace quantbench::cli {

namespace {

std::vector<std::string> visible_commands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : shown_names(*option)) names.push_back(name);
  }
  return names;
}

/// Words of each command, for bash; zsh uses them through bashcompinit.
std::string bash_script(const CLI::App& app) {
  std::string cases;
  for (const std::string& name : visible_commands(app)) {
    cases += fmt::format("    {}) words=\"{}\" ;;\n", name,
                         join(option_names(*app.get_subcommand(name)), " "));
  }
  return fmt::format(
      "_quantbench() {{\n"
      "  local current=\"${{COMP_WORDS[COMP_CWORD]}}\" command=\"${{COMP_WORDS[1]}}\" words\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      "    COMPREPLY=($(compgen -W \"{} {}\" -- \"$current\"))\n"
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
      join(visible_commands(app), " "), join(option_names(app), " "), cases);
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
        out += fmt::format("complete -c quantbench -n '__fish_seen_subcommand_from {}' -{} {}\n",
                           name, is_long ? 'l' : 's', flag.substr(is_long ? 2 : 1));
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
