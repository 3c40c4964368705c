#include <algorithm>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/graph/model.h"
#include "quantbench/plan/plan.h"
#include "quantbench/plan/stage.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/quantize/preparation.h"
#include "quantbench/stages/common/calibration_samples.h"

namespace quantbench::stages {

namespace {

/// As the spec has it; null: the usual one of most methods.
Json collection_of(const spec::Cell& cell, const calibrate::Calibration& wanted, bool reference) {
  const Json asked = cell.calibration->value("collection", Json());
  const bool twice = wanted.collection_with(reference) == calibrate::Collection::kAllAtOnce;
  return asked.is_null() && twice && !reference ? Json("all_at_once") : asked;
}

/// What decides which activations are seen: the samples, their padding, the graph.
Json pass_of(const spec::Cell& cell, bool reference) {
  const calibrate::Calibration wanted = calibrate::calibration_from(*cell.calibration);
  Json pass = {{"num_calibration_samples", wanted.num_calibration_samples},
               {"pad_to_max_length", wanted.calibration_padding == calibrate::Padding::kMaxLength},
               {"max_length", wanted.max_length ? Json(*wanted.max_length) : Json()},
               {"mask_padding", wanted.skips_padding()},
               {"collection", collection_of(cell, wanted, reference)},
               {"preparation", quantize::preparation_of(cell.quantization)}};
  return pass;
}

std::vector<Json> without_duplicates(std::vector<Json> list) {
  std::sort(list.begin(), list.end(),
            [](const Json& a, const Json& b) { return a.dump() < b.dump(); });
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

/// float32 ONNX model and samples -> ranges of its activations. One pass serves every static cell
/// whose calibration takes the same samples: it gathers what all their methods need, for the
/// tensors of all their operators.
class Calibrate final : public plan::Stage {
 public:
  int version() const override { return 4; }

  plan::Request plan(plan::PlanBuilder& builder, const plan::Target& target) const override {
    const spec::Spec& spec = builder.spec();
    const calibrate::Calibration wanted = calibrate::calibration_from(*target.cell->calibration);
    CalibrationSource source;
    source.source = {spec.dataset.path, spec.dataset.name};
    source.split = spec.dataset.calibration_split.value_or("train");
    source.reference = spec.protocol == spec::Protocol::kReference;
    take_samples(source, wanted);
    const Json pass = pass_of(*target.cell, source.reference);
    std::vector<Json> methods;
    std::vector<Json> quantizations;
    std::vector<Json> operators;
    for (const spec::Cell& cell : spec.cells) {
      if (!cell.calibration || pass_of(cell, source.reference) != pass) continue;
      methods.push_back(to_json(calibrate::calibration_from(*cell.calibration).calibrator));
      Json options = cell.quantization;
      if (options.contains("operators_to_quantize")) {
        const Json asked = options["operators_to_quantize"];
        operators.insert(operators.end(), asked.begin(), asked.end());
        options["operators_to_quantize"] = Json::array();
      }
      options.erase("node_exclusion");
      quantizations.push_back({{"approach", *cell.quantization_approach}, {"options", options}});
    }

    plan::Request request;
    request.identity = {{"task", plan::task_identity(spec)},
                        {"checkpoint", builder.inputs().model_hash},
                        {"dataset", with_context("dataset.calibration_split",
                                                 [&] {
                                                   return dataset::content_hash(
                                                       source.source, source.split,
                                                       calibration_subset(spec.task, source));
                                                 })},
                        {"calibration_split", source.split},
                        {"pass", pass},
                        {"protocol", source.reference ? "reference" : "default"},
                        {"methods", without_duplicates(std::move(methods))},
                        {"operators_to_quantize", without_duplicates(std::move(operators))},
                        {"quantizations", without_duplicates(std::move(quantizations))}};
    request.locations = {{"checkpoint", spec.name_or_path},
                         {"path", spec.dataset.path},
                         {"name", spec.dataset.name ? Json(*spec.dataset.name) : Json()}};
    request.needs = {builder.require("export", target)};
    request.subject =
        std::to_string(wanted.num_calibration_samples) + " samples of " + source.split;
    request.expected_seconds = 0.05 * static_cast<double>(wanted.num_calibration_samples) + 2;
    return request;
  }

  Json run(const plan::StageContext& context) const override {
    const Json& identity = context.identity;
    const Json& pass = identity.at("pass");
    const graph::Model model = quantize::prepare(
        graph::Model::load(context.artefacts.at(0) / plan::kModelFile), pass.at("preparation"));
    const std::vector<std::string> tensors = tensors_of(model, identity);

    const auto checkpoint = checkpoint::Checkpoint::open(context.locations.at("checkpoint"));
    CalibrationSource source;
    source.source.path = context.locations.at("path");
    if (context.locations.at("name").is_string()) source.source.name = context.locations.at("name");
    source.split = identity.at("calibration_split");
    source.samples = pass.at("num_calibration_samples");
    source.pad_to_max_length = pass.at("pad_to_max_length");
    if (!pass.at("max_length").is_null()) source.max_length = pass.at("max_length");
    source.reference = identity.at("protocol") == "reference";
    const Json& task = identity.at("task");
    const auto task_name = task.at("task").get<std::string>();
    const CalibrationSamples samples =
        load_calibration_samples(task_name, plan::task_context(checkpoint, task), source);
    plan::require_unchanged(
        dataset::content_hash(source.source, source.split, calibration_subset(task_name, source)),
        identity.at("dataset"), source.source.path);

    calibrate::Options options = calibrate::options_of(
        calibrate::calibration_from({{"collection", pass.at("collection")}}), source.reference);
    options.methods.clear();
    for (const Json& method : identity.at("methods")) {
      options.methods.push_back(calibrate::method_from_json(method));
    }
    options.skip_padding = pass.at("mask_padding");
    options.samples = samples.samples.size();
    const std::size_t batches =
        (samples.samples.size() + samples.batching.batch_size - 1) / samples.batching.batch_size;
    const bool twice = options.collection == calibrate::Collection::kAllAtOnce;
    options.progress = [&](std::size_t done) {
      const double passes = twice ? 2 : 1;
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

 private:
  /// The tensors of every cell that shares the pass.
  static std::vector<std::string> tensors_of(const graph::Model& model, const Json& identity) {
    std::vector<std::string> tensors;
    for (const Json& quantization : identity.at("quantizations")) {
      Json options = quantization.at("options");
      if (options.contains("operators_to_quantize")) {
        options["operators_to_quantize"] = identity.at("operators_to_quantize");
        if (options["operators_to_quantize"].empty()) continue;
      }
      const auto& approach =
          quantize::approaches().get(quantization.at("approach").get_ref<const std::string&>());
      for (std::string& tensor : approach.tensors_to_calibrate(model, options)) {
        if (std::find(tensors.begin(), tensors.end(), tensor) == tensors.end()) {
          tensors.push_back(std::move(tensor));
        }
      }
    }
    return tensors;
  }
};

}  // namespace

void register_calibrate(plan::StageRegistry& registry) {
  registry.add("calibrate", std::make_unique<Calibrate>());
}

}  // namespace quantbench::stages
