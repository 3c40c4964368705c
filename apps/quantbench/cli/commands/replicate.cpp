#include <memory>

#include "cli/benchmark.h"
#include "cli/command.h"
#include "cli/output.h"
#include "quantbench/backend/backend.h"
#include "quantbench/base/file.h"
#include "quantbench/base/output_target.h"
#include "quantbench/report/card/card.h"
#include "quantbench/report/replication_text.h"
#include "quantbench/report/report.h"

namespace quantbench::cli {

namespace {

class Replicate : public Command {
 public:
  void add_to(CLI::App& app, Context& context) const override {
    struct Options {
      std::string card;
      std::vector<std::string> overrides;
      BenchmarkOptions benchmark;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "replicate", "Run the grid of a model card on this machine and compare the figures");
    command->add_option("CARD", options->card, "Model card of any layout")->required();
    command
        ->add_option("--set", options->overrides,
                     "Replace a key of the card's spec: name_or_path=./model, dataset.path=./data")
        ->expected(1)
        ->take_all();
    options->benchmark.out.add_to(*command,
                                  "replication.md, replication.json and the files of the run");
    add_benchmark_options(*command, options->benchmark);
    command->callback([options, &context] {
      const auto card = report::import_card(read_text(options->card), options->card);
      const auto spec = spec::parse(card.spec_yaml, "spec of " + options->card, options->overrides);
      const auto markdown = options->benchmark.out.path / "replication.md";
      const auto json = options->benchmark.out.path / "replication.json";
      // A card is replicated on this machine, whatever backend it names.
      const auto* named = backend::backends().find(spec.backend);
      if (options->benchmark.backend.empty() && named != nullptr && !named->must_be_asked_for()) {
        options->benchmark.backend = backend::backends().default_name();
      }
      FileRoles files;
      files.reads(options->card, "CARD");
      for (const auto& file : {markdown, json}) {
        require_regular_output(file);
        files.writes(file, "--out");
      }
      const auto run = run_benchmark(spec, options->benchmark, files, context);
      if (!run) return;
      const auto replication =
          analysis::replication(card.result, *run, report::card_digits(card.result));
      const std::string text = report::replication_markdown(replication);
      write_text(markdown, text);
      write_text(json, to_lines(report::replication_json(replication)) + "\n");
      print("{}\n\n{}", markdown.string(), text);
    });
  }
};

}  // namespace

void register_replicate(CommandRegistry& registry) {
  registry.add("replicate", std::make_unique<Replicate>());
}

}  // namespace quantbench::cli
