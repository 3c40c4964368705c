#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress_display.h"
#include "cli/run_signals.h"
#include "quantbench/backend/run_shard.h"
#include "quantbench/base/error.h"
#include "quantbench/base/version.h"
#include "quantbench/measure/machine.h"
#include "quantbench/plan/inputs.h"

namespace quantbench::cli {

namespace {

void print_probe() {
  const Json facts = {{"quantbench", version()},
                      {"machine", measure::machine_facts()},
                      {"runtimes", plan::all_runtime_facts()}};
  print_text(to_lines(facts) + "\n");
}

class Shard : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    struct Options {
      backend::ShardOptions shard;
      bool probe = false;
    };
    const auto options = std::make_shared<Options>();
    backend::ShardOptions& shard = options->shard;
    CLI::App* command = app.add_subcommand(
        "shard", "Run one part of a run on this node; jobs of a backend call it");
    command->add_option("FILE", shard.file, "RUN/shards/NAME.json, which a run on a backend wrote");
    command->add_option("--attempt", shard.attempt, "Number of the job for this part (default: 1)")
        ->check(CLI::PositiveNumber);
    command->add_option("--node", shard.node, "Name of this node (default: the host name)");
    command->add_option("--output", shard.output, "Directory of the results (default: RUN)");
    command->add_option("--cache", shard.cache, "Directory of models (default: RUN/cache)");
    command->add_option("--model", shard.model, "The model's place on this node");
    command->add_option("--dataset", shard.dataset, "The data set's place on this node");
    command->add_flag("--probe", options->probe,
                      "Print this node's machine and frameworks as JSON, and run nothing");
    command->callback([options] {
      if (options->probe) return print_probe();
      if (options->shard.file.empty()) throw Error("FILE is required", "shard");
      const RunSignals signals(RunSignals::Second::kIsCounted);
      ProgressDisplay progress;
      options->shard.cancel = &signals.interrupted();
      options->shard.on_event = [&](const execute::Event& event) { progress.show(event); };
      backend::run_shard(options->shard);
    });
  }
};

}  // namespace

void register_shard(CommandRegistry& registry) { registry.add("shard", std::make_unique<Shard>()); }

}  // namespace quantbench::cli
