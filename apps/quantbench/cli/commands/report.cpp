#include "quantbench/report/report.h"

#include <memory>

#include "cli/command.h"
#include "cli/layout_option.h"
#include "cli/output.h"
#include "cli/run_argument.h"
#include "cli/store_option.h"
#include "quantbench/report/source.h"

namespace quantbench::cli {

namespace {

/// `--layout` alone means a card. Other formats have no layout.
std::string form(const std::string& format, const std::string& layout) {
  if (layout.empty()) return format;
  if (format != "card") {
    throw Error("--layout applies to cards, not to format '" + format + "'", "--layout " + layout,
                "leave out --format, or --layout");
  }
  return layout;
}

class Report : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    struct Options {
      std::string input;
      std::string format = "card";
      std::string layout;
      std::string store;
      std::string output;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("report", "Write the report of a run in another format");
    command->add_option("RUN", options->input, kRunHelp)->required();
    command->add_option("--format", options->format, "What to write")
        ->type_name("{card," + join(report::layouts().names(), ",") + "}")
        ->capture_default_str();
    add_layout_option(*command, options->layout, "default: from the spec or the card");
    add_store_option(*command, options->store);
    command->add_option("-o,--output", options->output, "File to write (default: standard output)");
    command->callback([options] {
      const auto store = chosen_store(options->store);
      FileRoles roles;
      add_run_inputs(roles, options->input, store);
      roles.writes(options->output, "--output");
      const auto result = report::open_result(options->input, store);
      write_output(report::render(result, form(options->format, options->layout)), options->output);
    });
  }
};

}  // namespace

void register_report(CommandRegistry& registry) {
  registry.add("report", std::make_unique<Report>());
}

}  // namespace quantbench::cli
