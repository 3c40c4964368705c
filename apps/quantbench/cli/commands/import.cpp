#include <memory>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/output_directory.h"
#include "quantbench/base/file.h"
#include "quantbench/base/file_roles.h"
#include "quantbench/report/files.h"
#include "quantbench/report/report.h"

namespace quantbench::cli {

namespace {

class Import : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    struct Options {
      std::string card;
      OutputDirectory out;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("import", "Convert a model card to a spec and results");
    command->add_option("CARD", options->card, "Model card of any layout")->required();
    options->out.add_to(*command, "spec.yaml, results.json and README.md (the card again)");
    command->callback([options] {
      const auto card = report::import_card(read_text(options->card), options->card);
      FileRoles roles;
      roles.reads(options->card, "CARD");
      require_writable(options->out, roles);
      for (const auto& file : report::write_files(card.result, options->out.path, card.spec_yaml))
        print("{}\n", file.string());
    });
  }
};

}  // namespace

void register_import(CommandRegistry& registry) {
  registry.add("import", std::make_unique<Import>());
}

}  // namespace quantbench::cli
