#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/output_directory.h"
#include "cli/run_argument.h"
#include "cli/store_option.h"

namespace quantbench::cli {

namespace {

class Save : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    struct Options {
      std::string run;
      OutputDirectory out;
      std::string store;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("save", "Save the files of a run in a directory");
    command->add_option("RUN", options->run, kRunHelp)->required();
    options->out.add_to(*command, "README.md (the card), results.json, spec.yaml and report.html");
    add_store_option(*command, options->store);
    command->callback(
        [options] { save_run(options->run, chosen_store(options->store), options->out); });
  }
};

}  // namespace

void register_save(CommandRegistry& registry) { registry.add("save", std::make_unique<Save>()); }

}  // namespace quantbench::cli
