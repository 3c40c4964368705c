#include <algorithm>

#include "quantbench/base/error.h"
#include "quantbench/calibrate/calibrate.h"
#include "quantbench/engine/calibration.h"
#include "quantbench/engine/plan.h"
#include "quantbench/engine/stage.h"
#include "quantbench/graph/model.h"
#include "quantbench/quantize/dynamic.h"
#include "quantbench/quantize/exclusion.h"
#include "quantbench/quantize/operator_kinds.h"
#include "quantbench/quantize/static.h"

namespace quantbench::engine {

namespace {

std::vector<std::string> sorted_unique(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

quantize::Report quantize_dynamic(graph::Model& model, const Json& identity,
                                  const quantize::Exclusions& exclusions) {
  quantize::DynamicOptions options;
  options.operators_to_quantize = identity.at("operators_to_quantize");
  options.nodes_to_exclude = exclusions.names();
  options.per_channel = identity.at("per_channel");
  options.reduce_range = identity.at("reduce_range");
  options.matmul_const_b_only = identity.at("matmul_const_b_only");
  return quantize::quantize_dynamic(model, options);
}

bool is_static(const Json& identity) { return identity.at("quantization_approach") == "static"; }

/// The calibration's result for the method that this cell asked for.
const Json& result_of(const Json& calibration, const Json& asked) {
  for (const Json& method : calibration.at("methods")) {
    if (method.at("asked") == asked) return method;
  }
  throw Error("the calibration holds no ranges of the method " + asked.dump());
}

quantize::Report quantize_static(graph::Model& model, const Json& identity,
                                 const Json& calibration) {
  Json only = calibration;
  only["methods"] = Json::array({result_of(calibration, identity.at("calibration_method"))});
  quantize::StaticOptions options;
  options.operators_to_quantize = identity.at("operators_to_quantize");
  options.node_exclusion = identity.at("node_exclusion");
  options.per_channel = identity.at("per_channel");
  options.reduce_range = identity.at("reduce_range");
  return calibrate::quantize_static(model, calibrate::Result::from_json(only, "calibration"), 0,
                                    options);
}

/// float32 ONNX model -> int8 ONNX model, and what was quantized.
class Quantize final : public Stage {
 public:
  int version() const override { return 2; }
  bool makes_artefact() const override { return true; }

  Request plan(PlanBuilder& builder, const Target& target) const override {
    const spec::Cell& cell = *target.cell;
    const auto operators = sorted_unique(
        cell.operators_to_quantize.value_or(std::vector<std::string>{"Add", "MatMul"}));
    with_context("operators_to_quantize", [&] { quantize::require_operator_kinds(operators); });
    Request request;
    request.identity = {
        {"quantization_approach", cell.quantization_approach.value_or("dynamic")},
        {"operators_to_quantize", operators},
        {"node_exclusion", sorted_unique(cell.node_exclusion.value_or(std::vector<std::string>{}))},
        {"per_channel", cell.per_channel.value_or(false)},
        {"reduce_range", cell.reduce_range.value_or(false)},
        {"matmul_const_b_only", builder.spec().protocol != spec::Protocol::kReference}};
    request.needs = {builder.require("export", target)};
    if (is_static(request.identity)) {
      request.identity["calibration_method"] = to_json(calibration_method(*cell.calibration));
      request.needs.push_back(builder.require("calibrate", target));
    }
    request.subject = in_words(cell);
    request.expected_seconds = 2;
    return request;
  }

  Json run(const StageContext& context) const override {
    const Json& identity = context.identity;
    const std::filesystem::path source = context.artefacts.at(0) / kModelFile;
    graph::Model model = graph::Model::load(source);
    quantize::Report report;
    // The quantizer takes an empty list for "every kind"; in a spec it means none, as it says.
    if (identity.at("operators_to_quantize").empty()) {
      // Nothing to do.
    } else if (is_static(identity)) {
      report = quantize_static(model, identity, context.results.at(1));
    } else {
      const quantize::Exclusions exclusions =
          quantize::resolve_exclusions(model, identity.at("node_exclusion"));
      report = quantize_dynamic(model, identity, exclusions);
      quantize::explain_exclusions(report, exclusions);
    }
    // Nothing quantized: the very same model, so that what was measured on it holds here too.
    if (report.quantized_count() == 0) model = graph::Model::load(source);
    model.save(context.output / kModelFile);
    return {{"report", report.to_json()}};
  }
};

}  // namespace

void register_quantize(StageRegistry& registry) {
  registry.add("quantize", std::make_unique<Quantize>());
}

}  // namespace quantbench::engine
