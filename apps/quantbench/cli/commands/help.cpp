#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/option_names.h"
#include "cli/output.h"
#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::cli {

namespace {

class Help : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    const auto name = std::make_shared<std::string>();
    CLI::App* command = app.add_subcommand("help", "Show the help of a command");
    command->add_option("COMMAND", *name, "The command (default: all of them)");
    command->callback([name, &app] {
      if (name->empty()) {
        // App::help would print the help of the command that was given: this one.
        print_text(
            app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal));
        return;
      }
      const CLI::App* of = find_command(app, *name);
      if (of == nullptr) {
        throw Error("unknown command '" + *name + "'", "help",
                    suggest(*name, visible_commands(app)));
      }
      print_text(of->help(app.get_name()));
    });
  }
};

}  // namespace

void register_help(CommandRegistry& registry) { registry.add("help", std::make_unique<Help>()); }

}  // namespace quantbench::cli
