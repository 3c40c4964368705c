#include "quantbench/calibrate/calibrate.h"

#include <algorithm>

#include "quantbench/base/error.h"
#include "quantbench/engine/calibration.h"
#include "quantbench/engine/plan.h"
#include "quantbench/engine/stage.h"
#include "quantbench/graph/model.h"
#include "quantbench/quantize/static.h"

namespace quantbench::engine {

namespace {

bool same_samples(const spec::CalibrationSpec& a, const spec::CalibrationSpec& b) {
  return a.num_calibration_samples == b.num_calibration_samples &&
         a.calibration_padding == b.calibration_padding && a.mask_padding == b.mask_padding;
}

/// float32 ONNX model and samples -> ranges of its activations. One pass serves every static cell
/// whose calibration takes the same samples: it gathers what all their methods need, for the
/// tensors of all their operators.
class Calibrate final : public Stage {
 public:
  int version() const override { return 3; }

  Request plan(PlanBuilder& builder, const Target& target) const override {
    const spec::Spec& spec = builder.spec();
    const spec::CalibrationSpec& wanted = *target.cell->calibration;
    CalibrationSource source;
    source.source = {spec.dataset.path, spec.dataset.name};
    source.split = spec.dataset.calibration_split.value_or("train");
    source.samples = static_cast<std::size_t>(wanted.num_calibration_samples);
    source.reference = spec.protocol == spec::Protocol::kReference;
    Json methods = Json::array();
    std::vector<std::string> operators;
    for (const spec::Cell& cell : spec.cells) {
      if (cell.quantization_approach != "static" || !cell.calibration ||
          !same_samples(*cell.calibration, wanted)) {
        continue;
      }
      Json method = to_json(calibration_method(*cell.calibration));
      if (std::find(methods.begin(), methods.end(), method) == methods.end()) {
        methods.push_back(std::move(method));
      }
      const auto& asked = cell.operators_to_quantize.value_or(std::vector<std::string>{});
      operators.insert(operators.end(), asked.begin(), asked.end());
    }
    std::sort(operators.begin(), operators.end());
    operators.erase(std::unique(operators.begin(), operators.end()), operators.end());
    std::sort(methods.begin(), methods.end(),
              [](const Json& a, const Json& b) { return a.dump() < b.dump(); });

    Request request;
    request.identity = {{"task", task_identity(spec)},
                        {"checkpoint", builder.inputs().model_hash},
                        {"dataset", with_context("dataset.calibration_split",
                                                 [&] {
                                                   return dataset::content_hash(
                                                       source.source, source.split,
                                                       calibration_subset(spec.task, source));
                                                 })},
                        {"calibration_split", source.split},
                        {"num_calibration_samples", wanted.num_calibration_samples},
                        {"calibration_padding", wanted.calibration_padding},
                        {"mask_padding", wanted.mask_padding},
                        {"protocol", source.reference ? "reference" : "default"},
                        {"methods", methods},
                        {"operators_to_quantize", operators}};
    request.locations = {{"checkpoint", spec.name_or_path},
                         {"path", spec.dataset.path},
                         {"name", spec.dataset.name ? Json(*spec.dataset.name) : Json()}};
    request.needs = {builder.require("export", target)};
    request.subject =
        std::to_string(wanted.num_calibration_samples) + " samples of " + source.split;
    request.expected_seconds = 0.05 * static_cast<double>(wanted.num_calibration_samples) + 2;
    return request;
  }

  Json run(const StageContext& context) const override {
    const Json& identity = context.identity;
    const graph::Model model = graph::Model::load(context.artefacts.at(0) / kModelFile);
    quantize::StaticOptions widest;
    widest.operators_to_quantize = identity.at("operators_to_quantize");
    const std::vector<std::string> tensors = widest.operators_to_quantize.empty()
                                                 ? std::vector<std::string>{}
                                                 : quantize::tensors_to_calibrate(model, widest);

    const auto checkpoint = checkpoint::Checkpoint::open(context.locations.at("checkpoint"));
    CalibrationSource source;
    source.source.path = context.locations.at("path");
    if (context.locations.at("name").is_string()) source.source.name = context.locations.at("name");
    source.split = identity.at("calibration_split");
    source.samples = identity.at("num_calibration_samples");
    source.pad_to_max_length = identity.at("calibration_padding") == "max_length";
    source.reference = identity.at("protocol") == "reference";
    const Json& task = identity.at("task");
    const auto task_name = task.at("task").get<std::string>();
    const CalibrationSamples samples =
        load_calibration_samples(task_name, task_context(checkpoint, task), source);
    require_unchanged(
        dataset::content_hash(source.source, source.split, calibration_subset(task_name, source)),
        identity.at("dataset"), source.source.path);

    calibrate::Options options;
    options.methods.clear();
    for (const Json& method : identity.at("methods")) {
      options.methods.push_back(method_from_json(method));
    }
    // The reference collected a shard in one go.
    options.collection =
        source.reference ? calibrate::Collection::kAllAtOnce : calibrate::Collection::kEachBatch;
    options.skip_padding = identity.at("mask_padding");
    options.samples = samples.samples.size();
    const std::size_t batches =
        (samples.samples.size() + samples.batching.batch_size - 1) / samples.batching.batch_size;
    options.progress = [&](std::size_t done) {
      const double passes = source.reference ? 2 : 1;
      context.progress(
          std::min(1.0, static_cast<double>(done) / static_cast<double>(batches) / passes));
    };
    calibrate::Result result = calibrate::run(
        model, tensors, calibrate::in_batches(samples.samples, samples.batching), options);
    result.warnings.insert(result.warnings.begin(), samples.notes.begin(), samples.notes.end());
    Json json = result.to_json();
    for (std::size_t i = 0; i < json["methods"].size(); ++i) {
      json["methods"][i]["asked"] = identity.at("methods").at(i);
    }
    return json;
  }
};

}  // namespace

void register_calibrate(StageRegistry& registry) {
  registry.add("calibrate", std::make_unique<Calibrate>());
}

}  // namespace quantbench::engine
