#include <memory>

#include "cli/benchmark.h"
#include "cli/command.h"
#include "cli/deployment.h"
#include "cli/layout_option.h"
#include "cli/store_option.h"

namespace quantbench::cli {

namespace {

class Run : public Command {
 public:
  void add_to(CLI::App& app, Context& context) const override {
    struct Options {
      std::string spec;
      std::vector<std::string> overrides;
      std::string layout;
      OutputDirectory deployed;
      BenchmarkOptions benchmark;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("run", "Run a benchmark from its spec");
    command->add_option("SPEC", options->spec, "Spec, a YAML file")->required();
    command
        ->add_option("--set", options->overrides,
                     "Replace a key of the spec: key=value or key.sub=value, value in YAML")
        ->expected(1)
        ->take_all();
    add_layout_option(*command, options->layout, "as --set layout=...");
    options->benchmark.out.add_to(
        *command, "README.md (the card), results.json, spec.yaml (resolved) and report.html");
    add_benchmark_options(*command, options->benchmark);
    command->add_option("--deploy-best", options->deployed.path,
                        "Directory for the model that the answer names, as `quantbench deploy` "
                        "writes it (--overwrite applies)");
    command->callback([options, &context] {
      if (!options->layout.empty()) options->overrides.push_back("layout=" + options->layout);
      FileRoles inputs;
      // The resolved spec in its place would lose its comments.
      inputs.reads(options->spec, "SPEC");
      const spec::Spec spec = spec::load(options->spec, options->overrides);
      OutputDirectory& deployed = options->deployed;
      if (deployed.path.empty()) {
        run_benchmark(spec, options->benchmark, inputs, context);
        return;
      }
      deployed.option = "--deploy-best";
      deployed.overwrite = options->benchmark.out.overwrite;
      require_place(deployed, spec, inputs);
      inputs.writes(deployed.path / "README.md", deployed.option);
      const auto made = run_benchmark(spec, options->benchmark, inputs, context);
      // It goes on without this command: `deploy` does the rest.
      if (!made) return;
      const report::Document result = *made;
      const BenchmarkOptions& places = options->benchmark;
      deploy_row({result, best_row(result), spec, deploy::Layout::kOptimum, deployed.path,
                  options_of(chosen_store(places.store), chosen_cache(places.cache))});
    });
  }
};

}  // namespace

void register_run(CommandRegistry& registry) { registry.add("run", std::make_unique<Run>()); }

}  // namespace quantbench::cli
