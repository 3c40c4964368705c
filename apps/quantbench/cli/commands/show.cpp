#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/result_table.h"
#include "cli/run_argument.h"
#include "cli/store_option.h"
#include "cli/terminal.h"
#include "quantbench/report/files.h"
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
    command->add_option("RUN", options->run, kRunHelp)->required();
    add_store_option(*command, options->store);
    command->callback([options] {
      const auto result = report::open_result(options->run, chosen_store(options->store));
      if (!result.run_id.empty()) print("run {}, {}\n\n", result.run_id, result.started_at);
      const std::size_t width = terminal_width(STDOUT_FILENO);
      print("{}\n{}\n", result_table(result, width), answer_text(result, width));
      if (const std::string machines = machines_text(result, width); !machines.empty()) {
        print("{}\n", machines);
      }
      if (std::filesystem::is_directory(options->run)) {
        print("{}\n", report::to_open(options->run).string());
      } else {
        print("quantbench report {} --format html -o report.html\n", options->run);
      }
    });
  }
};

}  // namespace

void register_show(CommandRegistry& registry) { registry.add("show", std::make_unique<Show>()); }

}  // namespace quantbench::cli
