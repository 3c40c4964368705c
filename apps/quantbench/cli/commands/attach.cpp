#include <memory>
#include <string>

#include "cli/benchmark.h"
#include "cli/command.h"

namespace quantbench::cli {

namespace {

class Attach : public Command {
 public:
  void add_to(CLI::App& app, Context& context) const override {
    struct Options {
      std::string run;
      BenchmarkOptions benchmark;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "attach", "Take up a run whose jobs are on a backend, and write its files at the end");
    command->add_option("RUN", options->run, "Id of the run, or its directory")->required();
    command->add_option("--out", options->benchmark.out.path,
                        "Directory of the files (default: where the run was to write them)");
    command->add_flag("--overwrite", options->benchmark.out.overwrite,
                      "Write into a directory that is not empty");
    add_store_option(*command, options->benchmark.store);
    add_cache_option(*command, options->benchmark.cache);
    add_job_options(*command, options->benchmark);
    command->callback(
        [options, &context] { attach_benchmark(options->run, options->benchmark, context); });
  }
};

}  // namespace

void register_attach(CommandRegistry& registry) {
  registry.add("attach", std::make_unique<Attach>());
}

}  // namespace quantbench::cli
