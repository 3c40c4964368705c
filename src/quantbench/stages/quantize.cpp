#include "quantbench/stages/quantize.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/calibrate/kept_inputs.h"
#include "quantbench/calibrate/parameters.h"
#include "quantbench/calibrate/sensitivity.h"
#include "quantbench/calibrate/verification.h"
#include "quantbench/graph/model.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/quantize/common_parameters.h"
#include "quantbench/quantize/preparation.h"
#include "quantbench/quantize/preset.h"
#include "quantbench/stages/calibrate.h"
#include "quantbench/stages/common/model.h"
#include "quantbench/stages/registry.h"

namespace quantbench::stages {

namespace {

std::vector<std::string> sorted_unique(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

/// Place of the cell's method among the methods of the calibration.
std::size_t index_of(const Json& method, const Calibrate::Result& calibration) {
  const auto& asked = calibration.methods;
  const auto found = std::find(asked.begin(), asked.end(), method);
  if (found == asked.end()) {
    throw Error("the calibration holds no ranges of the method " + method.dump());
  }
  return static_cast<std::size_t>(found - asked.begin());
}

/// Padding has no part in an operator's rank, unless the model takes inputs of one length only.
calibrate::WorstOperators worst_operators(const graph::Model& model, const quantize::Ranges& ranges,
                                          const calibrate::KeptInputs& samples,
                                          const quantize::Approach& approach, const Json& options) {
  calibrate::WorstOperators worst = calibrate::worst_operators(
      model, ranges, calibrate::without_padding(samples), approach, options);
  if (!worst.names.empty()) return worst;
  return calibrate::worst_operators(model, ranges, calibrate::batches_of(samples), approach,
                                    options);
}

}  // namespace

plan::Request<Quantize> Quantize::plan(plan::Builder& builder, const spec::Cell& cell) {
  plan::Request<Quantize> request;
  request.params.quantization_approach = cell.quantization_approach.value();
  Json options = quantize::without_presets(cell.quantization);
  for (const char* list : {"operators_to_quantize", "node_exclusion"}) {
    if (options.contains(list)) options[list] = sorted_unique(options[list]);
  }
  request.params.options = std::move(options);
  request.needs = {require_float_model(builder, cell)};
  if (cell.calibration) {
    const calibrate::Calibration wanted = calibrate::calibration_from(*cell.calibration);
    request.params.calibration_method = calibrate::to_json(wanted.calibrator);
    request.params.least_token_sqnr = wanted.least_token_sqnr;
    request.needs.push_back(builder.require<Calibrate>(cell).index);
  }
  if (!builder.spec().verifies_quantized) request.params.verifies = false;
  request.subject = plan::in_words(cell);
  request.expected_seconds = 2;
  return request;
}

Quantize::Result Quantize::run(const plan::Context<Quantize>& context) {
  const Params& params = context.params;
  const std::filesystem::path source = context.artefact(0) / kModelFile;
  const auto& approach = quantize::approaches().get(params.quantization_approach);
  graph::Model model = quantize::prepare(graph::Model::load(source), params.options);
  Result result;
  calibrate::KeptInputs samples;
  // Random inputs tell whether a model runs, but little of its noise, and some models do not run on
  // them at all. The rows have its accuracy.
  calibrate::VerificationInputs inputs{.in_spec = true, .warns = false};
  if (params.calibration_method) {
    auto calibration = context.result<Calibrate>(1);
    const std::size_t method = index_of(*params.calibration_method, calibration);
    samples = std::move(calibration.inputs);
    if (!samples.empty()) {
      inputs.samples = calibrate::batches_of(samples);
      inputs.warns = true;
      inputs.worst_operators = [&, float_model = std::make_shared<graph::Model>(model.clone()),
                                ranges = calibration.calibration.methods.at(method).ranges] {
        return worst_operators(*float_model, ranges, samples, approach, params.options);
      };
    }
    result.report =
        calibrate::quantize_model(model, approach, params.options, &calibration.calibration, method,
                                  params.least_token_sqnr.value_or(calibrate::kLeastTokenSqnr));
  } else {
    result.report = calibrate::quantize_model(model, approach, params.options);
  }
  const bool verifies =
      params.verifies.value_or(true) && quantize::wants_verification(params.options);
  if (verifies && result.report.quantized_count() > 0) {
    calibrate::verify(result.report, graph::Model::load(source), model, inputs);
  }
  // Nothing quantized: the very same model, so that what was measured on it holds here too.
  if (result.report.quantized_count() == 0) model = graph::Model::load(source);
  model.save(context.output() / kModelFile);
  return result;
}

void register_quantize(StageRegistry& registry) { add<Quantize>(registry); }

}  // namespace quantbench::stages
