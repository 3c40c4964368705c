#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "cli/hub_access.h"
#include "cli/model_argument.h"
#include "cli/output_directory.h"
#include "cli/run_argument.h"
#include "cli/store_option.h"
#include "quantbench/base/error.h"
#include "quantbench/base/file_roles.h"
#include "quantbench/base/log.h"
#include "quantbench/base/text.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/model/architecture.h"
#include "quantbench/task/inference.h"

namespace quantbench::cli {

namespace {

struct ExportArguments {
  std::string source;
  std::string output;
  std::string revision;
  std::string task;
  int opset = 11;
  /// `export RUN --out DIR`, which `save` replaced.
  OutputDirectory out;
  std::string store;
};

void export_graph(const ExportArguments& options) {
  const std::string directory = local_model(options.source, options.revision);
  FileRoles roles;
  roles.reads(directory, "CHECKPOINT");
  const std::string output = output_file_or_directory(options.output, "model.onnx");
  roles.writes(output, "--output");
  roles.writes(output + ".data", "the external data of --output");
  const auto checkpoint = checkpoint::Checkpoint::open(directory);
  const graph::Model model = model::export_onnx(
      checkpoint,
      {.task = task::task_of(options.task, checkpoint.config(), checkpoint.config_path(), "--task"),
       .opset = options.opset});
  roles.refuse_mapped_outputs();
  model.save(output);
}

/// CLI11's own check would list the unlisted `--out` in the help of each of them.
void refuse_options_of_a_model(const CLI::App& command) {
  for (const char* option : {"--output", "--task", "--opset", "--revision"}) {
    if (command.count(option) == 0) continue;
    throw Error("--out writes the files of a run, and takes no such option", option,
                "leave it out, or leave out --out to export a checkpoint");
  }
}

class Export : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    const auto options = std::make_shared<ExportArguments>();
    CLI::App* command = app.add_subcommand("export", "Export a checkpoint to an ONNX graph");
    command
        ->add_option("CHECKPOINT", options->source,
                     "Hugging Face model (" + join(model::architectures().names(), ", ") +
                         "): a directory (config.json and weights) or a name of the Hub")
        ->required();
    // Unlisted: what the command wrote of a run before `save` did.
    CLI::Option* out = command->add_option("--out", options->out.path)->group("");
    command->add_option("--store", options->store)->group("")->needs(out);
    command->add_option("-o,--output", options->output,
                        "ONNX file to write; DIR/ writes DIR/model.onnx");
    add_task_option(*command, options->task, "Task whose head is exported");
    command->add_option("--opset", options->opset, "Default operator set, 11 to 17")
        ->capture_default_str();
    command->add_option("--revision", options->revision,
                        "Branch, tag or commit of a model of the Hub (default: main)");
    command->callback([options, command] {
      if (!options->out.path.empty()) {
        refuse_options_of_a_model(*command);
        spdlog::warn("`export RUN` is now `save RUN`; the next version removes the old name");
        return save_run(options->source, chosen_store(options->store), options->out);
      }
      if (options->output.empty()) {
        throw Error("the output is missing", "export " + options->source,
                    "-o model.onnx; the files of a run are written by `quantbench save`");
      }
      export_graph(*options);
    });
  }
};

}  // namespace

void register_export(CommandRegistry& registry) {
  registry.add("export", std::make_unique<Export>());
}

}  // namespace quantbench::cli
