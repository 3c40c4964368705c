#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <utility>

#include "quantbench/base/file.h"
#include "quantbench/calibrate/calibrate.h"
#include "quantbench/calibration_options.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/command.h"
#include "quantbench/graph/model.h"
#include "quantbench/hub_access.h"
#include "quantbench/model/architecture.h"
#include "quantbench/quantization_table.h"
#include "quantbench/quantize/dynamic.h"
#include "quantbench/quantize/exclusion.h"

namespace quantbench::cli {

namespace {

struct Options {
  std::string input;
  std::string revision;
  std::string output;
  std::string report;
  std::string approach = "dynamic";
  model::ExportOptions model{.task = "text-classification", .opset = 11};
  std::vector<std::string> node_exclusion;
  quantize::DynamicOptions dynamic;
  bool qoperator = false;
  CalibrationOptions calibration;
};

graph::Model load(const Options& options) {
  if (!std::filesystem::is_directory(options.input)) return graph::Model::load(options.input);
  return model::export_onnx(checkpoint::Checkpoint::open(options.input), options.model);
}

quantize::Report quantize_dynamic(graph::Model& model, Options& options) {
  const auto exclusions = quantize::resolve_exclusions(model, options.node_exclusion);
  options.dynamic.nodes_to_exclude = exclusions.names();
  quantize::Report report = quantize::quantize_dynamic(model, options.dynamic);
  quantize::explain_exclusions(report, exclusions);
  return report;
}

quantize::Report quantize_static(graph::Model& model, Options& options) {
  quantize::StaticOptions quantization;
  quantization.format =
      options.qoperator ? quantize::QuantFormat::kQOperator : quantize::QuantFormat::kQdq;
  quantization.operators_to_quantize = options.dynamic.operators_to_quantize;
  quantization.node_exclusion = options.node_exclusion;
  quantization.per_channel = options.dynamic.per_channel;
  quantization.reduce_range = options.dynamic.reduce_range;
  const auto tensors = quantize::tensors_to_calibrate(model, quantization);
  calibrate::Result ranges =
      calibrate::run(model, tensors, options.calibration.batches(options.input, options.model.task),
                     options.calibration.calibration());
  ranges.warnings.insert(ranges.warnings.begin(), options.calibration.notes().begin(),
                         options.calibration.notes().end());
  return calibrate::quantize_static(model, ranges, 0, quantization);
}

class Quantize : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("quantize", "Quantize an ONNX model or a checkpoint");
    command
        ->add_option("MODEL", options->input,
                     "ONNX file, or Hugging Face model: a directory or a name of the Hub")
        ->required();
    command->add_option("-o,--output", options->output, "ONNX file to write")->required();
    command->add_option("--approach", options->approach, "dynamic, or static (needs samples)")
        ->check(CLI::IsMember({"dynamic", "static"}))
        ->capture_default_str();
    command
        ->add_option("--operators_to_quantize,--operators-to-quantize",
                     options->dynamic.operators_to_quantize,
                     "Operator kinds, comma separated (default: every kind that can be quantized)")
        ->delimiter(',');
    command
        ->add_option(
            "--node_exclusion,--node-exclusion", options->node_exclusion,
            "What to leave in float, comma separated: patterns (layernorm, gelu, residual, "
            "gather, softmax, ...), layer:N, node names, globs")
        ->delimiter(',');
    command->add_flag("--per_channel,--per-channel", options->dynamic.per_channel,
                      "One scale a channel of each weight");
    command->add_flag("--reduce_range,--reduce-range", options->dynamic.reduce_range,
                      "7-bit weights, for CPUs without VNNI");
    command->add_option("--task", options->model.task, "Task, when a checkpoint is given")
        ->capture_default_str();
    command->add_option("--opset", options->model.opset, "Operator set, when a checkpoint is given")
        ->capture_default_str();
    command->add_flag("--qoperator", options->qoperator,
                      "Static: operators on integers instead of Q/DQ pairs");
    command->add_option("--revision", options->revision,
                        "Branch, tag or commit of a model of the Hub (default: main)");
    options->calibration.add_to(*command);
    command->add_option("--report", options->report,
                        "Write the report of the quantization as JSON");
    command->callback([options] {
      options->input = local_model(options->input, options->revision);
      graph::Model model = load(*options);
      const quantize::Report report = options->approach == "static"
                                          ? quantize_static(model, *options)
                                          : quantize_dynamic(model, *options);
      model.save(options->output);
      if (!options->report.empty()) write_text(options->report, report.to_json().dump(2) + "\n");
      fmt::print("{}", quantization_table(report));
    });
  }
};

}  // namespace

void register_quantize(CommandRegistry& registry) {
  registry.add("quantize", std::make_unique<Quantize>());
}

}  // namespace quantbench::cli
