#include "quantbench/calibrate/sensitivity.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <utility>

#include "cli/calibration_options.h"
#include "cli/command.h"
#include "cli/model_argument.h"
#include "cli/output.h"
#include "cli/quantization_options.h"
#include "cli/terminal.h"
#include "quantbench/base/file.h"
#include "quantbench/base/file_roles.h"
#include "quantbench/base/output_target.h"
#include "quantbench/calibrate/calibrate.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/quantize/preparation.h"
#include "quantbench/runtime/model_interface.h"

namespace quantbench::cli {

namespace {

struct SensitivityArguments {
  ModelArgument model;
  std::string json;
  std::size_t top = 20;
  calibrate::SensitivityOptions sensitivity;
  /// The approach that needs the samples which the ranking is measured with.
  std::string approach = quantize::calibrating_approaches().at(0);
  QuantizationOptions quantization{quantize::approaches().get(approach)};
  CalibrationOptions calibration;
};

std::string decibel(double value) {
  return std::isfinite(value) ? fmt::format("{:.1f}", value) : "nothing lost";
}

std::string table_of(const calibrate::SensitivityResult& result, std::size_t top) {
  TextTable table{{{"operator"},
                   {"kind"},
                   {"model output, dB", Align::kRight},
                   {"own output, dB", Align::kRight}},
                  {}};
  for (const calibrate::Sensitivity& one : result.operators) {
    if (table.rows.size() == top) break;
    table.rows.push_back({one.node, one.op_type,
                          one.output_sqnr_db ? decibel(*one.output_sqnr_db) : "",
                          decibel(one.local_sqnr_db)});
  }
  return table.render() +
         fmt::format(
             "Signal to quantization noise over {} samples, each operator quantized alone; low is "
             "bad.\nThe first of {} operators; node_exclusion takes their names.\n",
             result.samples, result.operators.size());
}

class SensitivityCommand : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    const auto options = std::make_shared<SensitivityArguments>();
    CLI::App* command = app.add_subcommand(
        "sensitivity", "Rank operators by the damage of quantizing each alone (" +
                           options->approach + " quantization)");
    options->model.add_to(*command);
    options->quantization.add_to(*command);
    command
        ->add_option("--verify", options->sensitivity.verify,
                     "Number of worst operators to measure at the model's output too")
        ->capture_default_str();
    command->add_option("--top", options->top, "Operators to list")->capture_default_str();
    command->add_option("--json", options->json, "Write the whole ranking as JSON");
    options->calibration.add_to(*command);
    command->callback([options] {
      const quantize::Approach& approach = quantize::approaches().get(options->approach);
      const Json values = options->quantization.values(options->approach);
      options->calibration.fill_in(options->quantization.calibration(options->approach));
      options->sensitivity.approach = &approach;
      options->sensitivity.quantization = values;
      FileRoles roles;
      options->model.add_inputs_to(roles);
      options->calibration.add_inputs_to(roles);
      roles.writes(options->json, "--json");
      graph::Model given = options->model.load();
      const CrashLine guard = options->model.crash_line();
      const graph::Model model = quantize::prepare(std::move(given), values);
      roles.refuse_mapped_outputs();
      const auto tensors = approach.tensors_to_calibrate_each(model, values);
      const auto inputs = runtime::interface_of(model).inputs;
      const auto ranges =
          calibrate::run(model, tensors, options->calibration.batches(options->model, inputs),
                         options->calibration.collecting());
      const auto result = calibrate::rank_operators(
          model, ranges.methods.at(0).ranges,
          options->calibration.single_samples(options->model, inputs), options->sensitivity);
      if (!options->json.empty()) write_text(options->json, to_lines(result.to_json()) + "\n");
      if (!is_standard_output(options->json)) print_text(table_of(result, options->top));
    });
  }
};

}  // namespace

void register_sensitivity(CommandRegistry& registry) {
  registry.add("sensitivity", std::make_unique<SensitivityCommand>());
}

}  // namespace quantbench::cli
