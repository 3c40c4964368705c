#include <memory>

#include "cli/benchmark.h"
#include "cli/command.h"
#include "quantbench/demo/demo_assets.h"

namespace quantbench::cli {

namespace {

class Demo : public Command {
 public:
  void add_to(CLI::App& app, Context& context) const override {
    const auto options = std::make_shared<BenchmarkOptions>();
    options->out.path = "demo-out";
    CLI::App* command =
        app.add_subcommand("demo", "Benchmark the built-in small model; download nothing");
    options->out.add_to(*command, "the inputs and the report");
    add_benchmark_options(*command, *options);
    command->callback([options, &context] {
      // Before anything is written.
      require_backend(*options, Json::object());
      FileRoles roles;
      require_writable(options->out, roles);
      options->out.overwrite = true;  // from here on what is in it is the demo's
      const auto inputs = options->out.path / "inputs";
      demo::unpack(inputs);
      const auto spec = inputs / "spec.yaml";
      options->hint = "To try something else, edit " + spec.string() + " and: quantbench run";
      run_benchmark(spec::load(spec), *options, {}, context);
    });
  }
};

}  // namespace

void register_demo(CommandRegistry& registry) { registry.add("demo", std::make_unique<Demo>()); }

}  // namespace quantbench::cli
