#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/deployment.h"
#include "cli/run_argument.h"
#include "cli/store_option.h"
#include "quantbench/analysis/find_row.h"
#include "quantbench/base/text.h"
#include "quantbench/deploy/run_spec.h"
#include "quantbench/report/source.h"

namespace quantbench::cli {

namespace {

class Deploy : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    struct Options {
      std::string run;
      std::string row;
      std::string layout = deploy::layout_names().front();
      std::vector<std::string> overrides;
      OutputDirectory out;
      std::string store;
      std::string cache;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "deploy",
        "Write the model of a row as a directory for ONNX Runtime, OpenVINO, Optimum and "
        "transformers.js");
    command->add_option("RUN", options->run, kRunHelp)->required();
    command
        ->add_option("ROW", options->row,
                     "Name of a row, or its place in the table of `quantbench show RUN`, from 1")
        ->required();
    options->out.add_to(*command,
                        "the model, its configuration, README.md, CARD.md and SHA256SUMS");
    command
        ->add_option("--layout", options->layout,
                     "optimum: model.onnx, and a link for transformers.js; transformers.js: the "
                     "model itself in onnx/, for places that keep no links")
        ->check(CLI::IsMember(deploy::layout_names()))
        ->capture_default_str();
    command
        ->add_option("--set", options->overrides,
                     "Replace a key of the run's spec, such as name_or_path=DIRECTORY where the "
                     "model was moved")
        ->expected(1)
        ->take_all();
    add_store_option(*command, options->store);
    add_cache_option(*command, options->cache);
    command->callback([options] {
      const auto store = chosen_store(options->store);
      const report::Document result = report::open_result(options->run, store);
      const std::size_t row = analysis::find_row(result, options->row);
      deploy::require_deployable(result, row);
      const spec::Spec spec = deploy::spec_of_run(result, options->run, options->overrides);
      FileRoles inputs;
      add_run_inputs(inputs, options->run, store);
      inputs.reads(options->run, "RUN");  // its README.md is the card
      require_place(options->out, spec, inputs);
      deploy_row({result, row, spec, deploy::layout_of(options->layout), options->out.path,
                  options_of(store, chosen_cache(options->cache))});
    });
  }
};

}  // namespace

void register_deploy(CommandRegistry& registry) {
  registry.add("deploy", std::make_unique<Deploy>());
}

}  // namespace quantbench::cli
