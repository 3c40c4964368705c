#include <fmt/format.h>

#include <future>
#include <memory>
#include <optional>
#include <utility>

#include "cli/calibration_options.h"
#include "cli/command.h"
#include "cli/model_argument.h"
#include "cli/output.h"
#include "cli/quantization_options.h"
#include "cli/quantization_table.h"
#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/file_roles.h"
#include "quantbench/base/output_target.h"
#include "quantbench/base/thread_group.h"
#include "quantbench/calibrate/calibrate.h"
#include "quantbench/graph/model.h"
#include "quantbench/quantize/dynamic.h"
#include "quantbench/quantize/exclusion.h"

namespace quantbench::cli {

namespace {

struct QuantizeArguments {
  ModelArgument model;
  std::string output;
  std::string report;
  std::string approach = "dynamic";
  QuantizationOptions quantization;
  CalibrationOptions calibration;
  std::optional<double> least_token_sqnr;
};

/// `opset_given`: the user asked for an operator set, which only an export can choose.
graph::Model load(ModelArgument& argument, bool opset_given) {
  graph::Model model = argument.load();
  if (opset_given && !argument.is_checkpoint() && model.opset() != argument.opset()) {
    throw Error("an ONNX file keeps its operator set, which is " + std::to_string(model.opset()),
                "--opset", "give the checkpoint instead, to export it with another");
  }
  return model;
}

quantize::Report quantize_dynamic(graph::Model& model, const QuantizeArguments& options) {
  quantize::DynamicOptions dynamic = options.quantization.dynamic_options();
  const auto exclusions =
      quantize::resolve_exclusions(model, options.quantization.node_exclusion());
  dynamic.nodes_to_exclude = exclusions.names();
  quantize::Report report = quantize::quantize_dynamic(model, dynamic);
  quantize::explain_exclusions(report, exclusions);
  return report;
}

quantize::Report quantize_static(graph::Model& model, QuantizeArguments& options) {
  const quantize::StaticOptions quantization = options.quantization.static_options();
  const calibrate::Options calibration = options.calibration.calibration();
  if (options.least_token_sqnr && !calibration.skip_padding) {
    throw Error("--least-token-sqnr applies only with --mask-padding");
  }
  const auto tensors = quantize::tensors_to_calibrate(model, quantization);
  // Samples are read while the runtime opens the model.
  std::future<calibrate::Batches> samples = run_beside(
      [&] { return options.calibration.batches(options.model.path(), options.model.task()); });
  calibrate::Batches batches;
  calibrate::Result ranges = calibrate::run(
      model, tensors,
      [&](const auto& consume) {
        if (samples.valid()) batches = samples.get();
        batches(consume);
      },
      calibration);
  ranges.warnings.insert(ranges.warnings.begin(), options.calibration.notes().begin(),
                         options.calibration.notes().end());
  return calibrate::quantize_static(model, ranges, 0, quantization,
                                    options.least_token_sqnr.value_or(calibrate::kLeastTokenSqnr));
}

class Quantize : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    const auto options = std::make_shared<QuantizeArguments>();
    CLI::App* command = app.add_subcommand("quantize", "Quantize an ONNX model or a checkpoint");
    options->model.add_to(*command);
    command->add_option("-o,--output", options->output, "ONNX file to write")->required();
    command
        ->add_option("--approach,--quantization-approach", options->approach,
                     "dynamic, or static (needs samples)")
        ->check(CLI::IsMember({"dynamic", "static"}))
        ->capture_default_str();
    options->quantization.add_to(*command);
    options->calibration.add_to(*command);
    command
        ->add_option(
            "--least-token-sqnr", options->least_token_sqnr,
            fmt::format("With --mask-padding: tensors of which eight bits keep less of a "
                        "typical token stay in float, dB (default: {:g}; 0: none but those "
                        "that lose everything)",
                        calibrate::kLeastTokenSqnr))
        ->check(CLI::Range(0.0, 200.0))
        ->group(CalibrationOptions::kGroup);
    command->add_option("--report", options->report,
                        "Write the report of the quantization as JSON");
    command->callback([options, command] {
      const bool is_static = options->approach == "static";
      if (!is_static) {
        refuse_static_options(*command,
                              {QuantizationOptions::kStaticGroup, CalibrationOptions::kGroup});
      }
      FileRoles roles;
      options->model.add_inputs_to(roles);
      options->calibration.add_inputs_to(roles);
      roles.writes(options->output, "--output");
      roles.writes(options->output + ".data", "the external data of --output");
      roles.writes(options->report, "--report");
      graph::Model model =
          options->quantization.prepare(load(options->model, command->count("--opset") > 0));
      const quantize::Report report =
          is_static ? quantize_static(model, *options) : quantize_dynamic(model, *options);
      roles.refuse_mapped_outputs();
      model.save(options->output);
      if (!options->report.empty()) write_text(options->report, to_lines(report.to_json()) + "\n");
      // Where an output goes to standard output it is alone there.
      if (!is_standard_output(options->output) && !is_standard_output(options->report)) {
        print_text(quantization_table(report));
      }
    });
  }
};

}  // namespace

void register_quantize(CommandRegistry& registry) {
  registry.add("quantize", std::make_unique<Quantize>());
}

}  // namespace quantbench::cli
