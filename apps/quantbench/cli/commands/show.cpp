#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/result_table.h"
#include "cli/store_option.h"
#include "quantbench/report/source.h"

namespace quantbench::cli {

namespace {

class Show : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    struct Options {
      std::string run;
      std::string store;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("show", "Show the results of a run");
    command
        ->add_option("RUN", options->run,
                     "Run of the store (a unique prefix of its id), directory of a run, its "
                     "results.json, or a card")
        ->required();
    add_store_option(*command, options->store);
    command->callback([options] {
      const auto result = report::open_result(options->run, chosen_store(options->store));
      if (!result.run_id.empty()) fmt::print("run {}, {}\n\n", result.run_id, result.started_at);
      fmt::print("{}", result_table(result));
    });
  }
};

}  // namespace

void register_show(CommandRegistry& registry) { registry.add("show", std::make_unique<Show>()); }

}  // namespace quantbench::cli
