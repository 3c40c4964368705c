#include <algorithm>

#include "quantbench/base/error.h"
#include "quantbench/calibrate/parameters.h"
#include "quantbench/calibrate/verification.h"
#include "quantbench/graph/model.h"
#include "quantbench/plan/plan.h"
#include "quantbench/plan/stage.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/quantize/common_parameters.h"
#include "quantbench/quantize/preparation.h"

namespace quantbench::stages {

namespace {

std::vector<std::string> sorted_unique(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

/// The calibration's result for the method that this cell asked for.
const Json& result_of(const Json& calibration, const Json& asked) {
  for (const Json& method : calibration.at("methods")) {
    if (method.at("asked") == asked) return method;
  }
  throw Error("the calibration holds no ranges of the method " + asked.dump());
}

/// float32 ONNX model -> int8 ONNX model, and what was quantized.
class Quantize final : public plan::Stage {
 public:
  int version() const override { return 4; }
  bool makes_artefact() const override { return true; }

  plan::Request plan(plan::PlanBuilder& builder, const plan::Target& target) const override {
    const spec::Cell& cell = *target.cell;
    Json options = cell.quantization;
    for (const char* list : {"operators_to_quantize", "node_exclusion"}) {
      if (options.contains(list)) options[list] = sorted_unique(options[list]);
    }
    plan::Request request;
    request.identity = {{"quantization_approach", cell.quantization_approach.value()},
                        {"options", options}};
    request.needs = {builder.require("export", target)};
    if (cell.calibration) {
      const calibrate::Calibration wanted = calibrate::calibration_from(*cell.calibration);
      request.identity["calibration_method"] = to_json(wanted.calibrator);
      request.identity["least_token_sqnr"] = wanted.least_token_sqnr;
      request.needs.push_back(builder.require("calibrate", target));
    }
    request.subject = plan::in_words(cell);
    request.expected_seconds = 2;
    return request;
  }

  Json run(const plan::StageContext& context) const override {
    const Json& identity = context.identity;
    const Json& options = identity.at("options");
    const std::filesystem::path source = context.artefacts.at(0) / plan::kModelFile;
    const auto& approach = quantize::approaches().get(
        identity.at("quantization_approach").get_ref<const std::string&>());
    graph::Model model = quantize::prepare(graph::Model::load(source), options);
    quantize::Report report;
    if (identity.contains("calibration_method")) {
      Json only = context.results.at(1);
      only["methods"] = Json::array({result_of(only, identity.at("calibration_method"))});
      const auto calibration = calibrate::Result::from_json(only, "calibration");
      report = calibrate::quantize_model(model, approach, options, &calibration, 0,
                                         identity.at("least_token_sqnr"));
    } else {
      report = calibrate::quantize_model(model, approach, options);
    }
    if (report.quantized_count() > 0 && quantize::wants_verification(options)) {
      calibrate::verify(report, graph::Model::load(source), model);
    }
    // Nothing quantized: the very same model, so that what was measured on it holds here too.
    if (report.quantized_count() == 0) model = graph::Model::load(source);
    model.save(context.output / plan::kModelFile);
    return {{"report", report.to_json()}};
  }
};

}  // namespace

void register_quantize(plan::StageRegistry& registry) {
  registry.add("quantize", std::make_unique<Quantize>());
}

}  // namespace quantbench::stages
