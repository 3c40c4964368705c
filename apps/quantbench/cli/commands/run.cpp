#include <memory>

#include "cli/benchmark.h"
#include "cli/command.h"
#include "cli/layout_option.h"

namespace quantbench::cli {

namespace {

class Run : public Command {
 public:
  void add_to(CLI::App& app, Context& context) const override {
    struct Options {
      std::string spec;
      std::vector<std::string> overrides;
      std::string layout;
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
    command->callback([options, &context] {
      if (!options->layout.empty()) options->overrides.push_back("layout=" + options->layout);
      FileRoles inputs;
      // The resolved spec in its place would lose its comments.
      inputs.reads(options->spec, "SPEC");
      run_benchmark(spec::load(options->spec, options->overrides), options->benchmark, inputs,
                    context);
    });
  }
};

}  // namespace

void register_run(CommandRegistry& registry) { registry.add("run", std::make_unique<Run>()); }

}  // namespace quantbench::cli
