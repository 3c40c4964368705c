#include <fmt/format.h>

#include <future>
#include <memory>
#include <utility>

#include "cli/calibration_options.h"
#include "cli/command.h"
#include "cli/model_argument.h"
#include "cli/output.h"
#include "cli/output_directory.h"
#include "cli/quantization_options.h"
#include "cli/quantization_table.h"
#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/file_roles.h"
#include "quantbench/base/output_target.h"
#include "quantbench/base/thread_group.h"
#include "quantbench/calibrate/parameters.h"
#include "quantbench/calibrate/sensitivity.h"
#include "quantbench/calibrate/verification.h"
#include "quantbench/graph/model.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/quantize/common_parameters.h"
#include "quantbench/quantize/preparation.h"
#include "quantbench/quantize/static.h"
#include "quantbench/runtime/model_interface.h"
#include "quantbench/spec/schema.h"

namespace quantbench::cli {

namespace {

struct QuantizeArguments {
  ModelArgument model;
  std::string output;
  std::string report;
  ParameterFlags approach{{*find_parameter(spec::spec_keys(), "quantization_approach")}};
  QuantizationOptions quantization;
  CalibrationOptions calibration;
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

/// What a quantized model is checked with.
struct Checked {
  quantize::Report report;
  calibrate::VerificationInputs inputs = {};
};

/// `model` outlives the result.
Checked calibrated(graph::Model& model, const quantize::Approach& approach, const Json& values,
                   const calibrate::Calibration& calibration, QuantizeArguments& options) {
  const calibrate::Options collecting = options.calibration.collecting();
  const auto tensors = approach.tensors_to_calibrate(model, values);
  const std::vector<runtime::InputInfo> inputs = runtime::interface_of(model).inputs;
  // Samples are read while the runtime opens the model.
  std::future<calibrate::Batches> samples =
      run_beside([&] { return options.calibration.batches(options.model, inputs); });
  calibrate::Batches batches;
  calibrate::Result ranges = calibrate::run(
      model, tensors,
      [&](const auto& consume) {
        if (samples.valid()) batches = samples.get();
        batches(consume);
      },
      collecting);
  ranges.warnings.insert(ranges.warnings.begin(), options.calibration.notes().begin(),
                         options.calibration.notes().end());
  const auto float_model = std::make_shared<graph::Model>(model.clone());
  Checked checked;
  checked.report =
      calibrate::quantize_model(model, approach, values, &ranges, 0, calibration.least_token_sqnr);
  checked.inputs.samples = options.calibration.single_samples(options.model, inputs);
  checked.inputs.worst_operators = [float_model, ranges = ranges.methods.at(0).ranges,
                                    samples = checked.inputs.samples, approach = &approach,
                                    values] {
    return calibrate::worst_operators(*float_model, ranges, samples, *approach, values);
  };
  return checked;
}

class Quantize : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    const auto options = std::make_shared<QuantizeArguments>();
    CLI::App* command = app.add_subcommand("quantize", "Quantize an ONNX model or a checkpoint");
    options->model.add_to(*command);
    command
        ->add_option("-o,--output", options->output,
                     "ONNX file to write; DIR/ writes a file of the model's name in it")
        ->required();
    options->approach.add_to(*command, [](const Parameter&) { return ""; });
    options->quantization.add_to(*command);
    options->calibration.add_to(*command);
    command->add_option("--report", options->report,
                        "Write the report of the quantization as JSON");
    command->callback([options, command] {
      const Json chosen = options->approach.values();
      std::string name =
          effective_values(options->approach.parameters(), chosen).at("quantization_approach");
      if (chosen.empty()) name = options->quantization.approach_for_preset(name);
      const quantize::Approach& approach = quantize::approaches().get(name);
      if (!approach.calibrates()) {
        refuse_group(*command, CalibrationOptions::kGroup, quantize::calibrating_approaches());
      }
      const Json values = options->quantization.values(name);
      options->calibration.fill_in(options->quantization.calibration(name));
      const calibrate::Calibration calibration = options->calibration.calibration();
      FileRoles roles;
      options->model.add_inputs_to(roles);
      options->calibration.add_inputs_to(roles);
      options->output = output_file_or_directory(options->output, options->model.file_name());
      roles.writes(options->output, "--output");
      roles.writes(options->output + ".data", "the external data of --output");
      roles.writes(options->report, "--report");
      const graph::Model given = load(options->model, command->count("--opset") > 0);
      const CrashLine guard = options->model.crash_line();
      graph::Model model = quantize::prepare(given.clone(), values);
      Checked checked;
      if (approach.calibrates()) {
        checked = calibrated(model, approach, values, calibration, *options);
      } else {
        checked.report = calibrate::quantize_model(model, approach, values);
      }
      quantize::Report& report = checked.report;
      report.preset = options->quantization.preset(name, options->calibration.filled());
      roles.refuse_mapped_outputs();
      if (quantize::wants_verification(values)) {
        with_context(options->model.path(),
                     [&] { calibrate::verify(report, given, model, checked.inputs); });
      }
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
