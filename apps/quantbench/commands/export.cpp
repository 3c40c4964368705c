#include <memory>

#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/command.h"
#include "quantbench/model/architecture.h"

namespace quantbench::cli {

namespace {

class Export : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    struct Options {
      std::string checkpoint;
      std::string output;
      model::ExportOptions model{.task = "text-classification", .opset = 11};
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("export", "Export a checkpoint to an ONNX graph");
    command
        ->add_option("CHECKPOINT", options->checkpoint,
                     "Hugging Face model directory (config.json and weights)")
        ->required();
    command->add_option("--task", options->model.task, "Task whose head is exported")
        ->capture_default_str();
    command->add_option("--opset", options->model.opset, "Default operator set, 11 to 17")
        ->capture_default_str();
    command->add_option("-o,--output", options->output, "ONNX file to write")->required();
    command->callback([options] {
      const auto checkpoint = checkpoint::Checkpoint::open(options->checkpoint);
      model::export_onnx(checkpoint, options->model).save(options->output);
    });
  }
};

}  // namespace

void register_export(CommandRegistry& registry) {
  registry.add("export", std::make_unique<Export>());
}

}  // namespace quantbench::cli
