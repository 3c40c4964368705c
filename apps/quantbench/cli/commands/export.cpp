#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "cli/hub_access.h"
#include "cli/store_option.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/model/architecture.h"
#include "quantbench/report/files.h"
#include "quantbench/report/source.h"

namespace quantbench::cli {

namespace {

class Export : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    struct Options {
      std::string source;
      std::string output;
      std::filesystem::path out;
      std::string store;
      std::string revision;
      model::ExportOptions model{.task = "text-classification", .opset = 11};
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "export", "Export a checkpoint to an ONNX graph (-o), or a run to its files (--out)");
    command
        ->add_option("SOURCE", options->source,
                     "Hugging Face model: a directory (config.json and weights) or a name of the "
                     "Hub; with --out a run of "
                     "the store (a unique prefix of its id), a directory of a run, or a card")
        ->required();
    CLI::Option* out = command->add_option(
        "--out", options->out,
        "Directory for the files of a run: README.md (the card), results.json, spec.yaml, "
        "report.html");
    command->add_option("-o,--output", options->output, "ONNX file to write")->excludes(out);
    command->add_option("--task", options->model.task, "Task whose head is exported")
        ->capture_default_str()
        ->excludes(out);
    command->add_option("--opset", options->model.opset, "Default operator set, 11 to 17")
        ->capture_default_str()
        ->excludes(out);
    command
        ->add_option("--revision", options->revision,
                     "Branch, tag or commit of a model of the Hub (default: main)")
        ->excludes(out);
    add_store_option(*command, options->store);
    command->callback([options] {
      if (!options->out.empty()) {
        const auto result = report::open_result(options->source, chosen_store(options->store));
        for (const auto& file : report::write_files(result, options->out))
          fmt::print("{}\n", file.string());
        return;
      }
      if (options->output.empty()) {
        throw Error("what is to be written?", "export " + options->source,
                    "-o model.onnx for a checkpoint's graph, --out DIR for the files of a run");
      }
      const auto checkpoint =
          checkpoint::Checkpoint::open(local_model(options->source, options->revision));
      model::export_onnx(checkpoint, options->model).save(options->output);
    });
  }
};

}  // namespace

void register_export(CommandRegistry& registry) {
  registry.add("export", std::make_unique<Export>());
}

}  // namespace quantbench::cli
