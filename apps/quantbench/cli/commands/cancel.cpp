#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/store_option.h"
#include "quantbench/backend/run.h"

namespace quantbench::cli {

namespace {

class Cancel : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    struct Options {
      std::string run;
      std::string store;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("cancel", "End the jobs of a run; what they have measured is kept");
    command->add_option("RUN", options->run, "Id of the run, or its directory")->required();
    add_store_option(*command, options->store);
    command->callback([options] {
      const auto run = backend::find_run(options->run, chosen_store(options->store));
      const std::size_t ended = backend::cancel(run, {});
      print("{} job{} ended\n", ended, ended == 1 ? "" : "s");
    });
  }
};

}  // namespace

void register_cancel(CommandRegistry& registry) {
  registry.add("cancel", std::make_unique<Cancel>());
}

}  // namespace quantbench::cli
