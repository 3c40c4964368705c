#include "quantbench/stages/calibrate.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/calibrate/parameters.h"
#include "quantbench/graph/model.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/quantize/preparation.h"
#include "quantbench/quantize/preset.h"
#include "quantbench/stages/common/calibration_samples.h"
#include "quantbench/stages/common/model.h"
#include "quantbench/stages/registry.h"

namespace quantbench::stages {

namespace {

constexpr const char* kOperators = "operators_to_quantize";
constexpr const char* kExclusion = "node_exclusion";

/// As the spec has it; null: the usual one of most methods.
Json collection_of(const spec::Cell& cell, const calibrate::Calibration& wanted, bool reference) {
  const Json asked = cell.calibration->value("collection", Json());
  const bool twice = wanted.collection_with(reference) == calibrate::Collection::kAllAtOnce;
  return asked.is_null() && twice && !reference ? Json("all_at_once") : asked;
}

Calibrate::Pass own_pass_of(const spec::Cell& cell, const calibrate::Calibration& wanted,
                            bool reference) {
  return {
      .num_calibration_samples = wanted.num_calibration_samples,
      .pad_to_max_length = wanted.calibration_padding == calibrate::Padding::kMaxLength,
      .max_length = wanted.max_length,
      .mask_padding = wanted.skips_padding(),
      .collection = collection_of(cell, wanted, reference),
      .preparation = quantize::preparation_of(cell.quantization),
  };
}

/// Whether the ranges are the same however histograms are collected: the method has none.
bool takes_any_collection(const calibrate::Calibration& wanted) {
  const calibrate::Method& method = wanted.calibrator;
  const calibrate::Needs needs = calibrate::calibrators().get(method.name).needs(method.options);
  return needs.histograms.empty() && needs.averaging_constants.empty();
}

/// The passes of a spec's static cells. A cell that takes any collection shares the pass of the
/// first cell that needs one and takes the same samples: minmax the two passes of entropy.
class Passes {
 public:
  Passes(const spec::Spec& spec, bool reference) : reference_(reference) {
    for (const spec::Cell& cell : spec.cells) {
      if (!cell.calibration) continue;
      const calibrate::Calibration wanted = calibrate::calibration_from(*cell.calibration);
      const Calibrate::Pass pass = own_pass_of(cell, wanted, reference);
      if (!takes_any_collection(wanted)) needed_.emplace(without_collection(pass), pass);
    }
  }

  Calibrate::Pass of(const spec::Cell& cell) const {
    const calibrate::Calibration wanted = calibrate::calibration_from(*cell.calibration);
    Calibrate::Pass pass = own_pass_of(cell, wanted, reference_);
    if (!takes_any_collection(wanted)) return pass;
    const auto needed = needed_.find(without_collection(pass));
    return needed == needed_.end() ? pass : needed->second;
  }

 private:
  static std::string without_collection(Calibrate::Pass pass) {
    pass.collection = nullptr;
    return record_to_json(pass).dump();
  }

  bool reference_;
  std::map<std::string, Calibrate::Pass> needed_;
};

/// Sorts by what they are in JSON.
template <typename T>
void sort_unique(std::vector<T>& list) {
  const auto text = [](const T& value) { return record_to_json(value).dump(); };
  std::sort(list.begin(), list.end(), [&](const T& a, const T& b) { return text(a) < text(b); });
  list.erase(std::unique(list.begin(), list.end(),
                         [&](const T& a, const T& b) { return text(a) == text(b); }),
             list.end());
}

/// Adds what the cells that share the pass want of it.
void add_cells(Calibrate::Params& params, const spec::Spec& spec, const Passes& passes) {
  for (const spec::Cell& cell : spec.cells) {
    if (!cell.calibration || passes.of(cell) != params.pass) continue;
    params.methods.push_back(
        calibrate::to_json(calibrate::calibration_from(*cell.calibration).calibrator));
    Json options = quantize::without_presets(cell.quantization);
    if (options.contains(kOperators)) {
      std::ranges::copy(options[kOperators].get<std::vector<std::string>>(),
                        std::back_inserter(params.operators_to_quantize));
      options[kOperators] = Json::array();
    }
    options.erase(kExclusion);
    params.quantizations.push_back({*cell.quantization_approach, std::move(options)});
  }
  sort_unique(params.methods);
  sort_unique(params.operators_to_quantize);
  sort_unique(params.quantizations);
}

/// The tensors of every cell that shares the pass.
std::vector<std::string> tensors_of(const graph::Model& model, const Calibrate::Params& params) {
  std::vector<std::string> tensors;
  for (const Calibrate::Quantization& quantization : params.quantizations) {
    Json options = quantization.options;
    if (options.contains(kOperators)) {
      if (params.operators_to_quantize.empty()) continue;
      options[kOperators] = params.operators_to_quantize;
    }
    const auto& approach = quantize::approaches().get(quantization.approach);
    for (std::string& tensor : approach.tensors_to_calibrate(model, options)) {
      if (std::find(tensors.begin(), tensors.end(), tensor) == tensors.end()) {
        tensors.push_back(std::move(tensor));
      }
    }
  }
  return tensors;
}

CalibrationSource source_of(const dataset::Source& source, const Calibrate::Params& params) {
  return {.source = source,
          .split = params.calibration_split,
          .samples = static_cast<std::size_t>(params.pass.num_calibration_samples),
          .pad_to_max_length = params.pass.pad_to_max_length,
          .max_length = params.pass.max_length,
          .sample_seed = params.sample_seed,
          .reference = params.reference};
}

}  // namespace

plan::Request<Calibrate> Calibrate::plan(plan::Builder& builder, const spec::Cell& cell) {
  const spec::Spec& spec = builder.spec();
  const bool reference = spec.protocol == spec::Protocol::kReference;
  const Passes passes(spec, reference);
  Params params{.task = plan::task_params(spec),
                .checkpoint = builder.inputs().model_hash,
                .calibration_split = spec.dataset.calibration_split.value_or("train"),
                .pass = passes.of(cell),
                .reference = reference};
  const plan::TaskPlaces places = plan::task_places(spec, builder.inputs().model_directory);
  if (params.calibration_split == spec.dataset.eval_split) params.sample_seed = spec.sample_seed;
  const CalibrationSource source = source_of(places.source(), params);
  params.dataset =
      with_context("dataset.calibration_split", [&] { return hash_of_rows(spec.task, source); });
  add_cells(params, spec, passes);
  const auto samples = params.pass.num_calibration_samples;
  return {
      .params = std::move(params),
      .places = places,
      .needs = {require_float_model(builder, cell)},
      .subject = std::to_string(samples) + " samples of " + source.split,
      .expected_seconds = 0.05 * static_cast<double>(samples) + 2,
  };
}

Calibrate::Result Calibrate::run(const plan::Context<Calibrate>& context) {
  const Params& params = context.params;
  const Pass& pass = params.pass;
  const graph::Model model =
      quantize::prepare(graph::Model::load(context.artefact(0) / kModelFile), pass.preparation);
  const std::vector<std::string> tensors = tensors_of(model, params);

  const CalibrationSamples samples =
      samples_of_stage(params.task, params.dataset, context.places.checkpoint, model,
                       source_of(context.places.source(), params));

  calibrate::Options options = calibrate::options_of(
      calibrate::calibration_from({{"collection", pass.collection}}), params.reference);
  options.methods.clear();
  for (const Json& method : params.methods) {
    options.methods.push_back(calibrate::method_from_json(method));
  }
  options.skip_padding = pass.mask_padding;
  options.samples = samples.samples.size();
  const std::size_t batches =
      (samples.samples.size() + samples.batching.batch_size - 1) / samples.batching.batch_size;
  const bool twice = options.collection == calibrate::Collection::kAllAtOnce;
  options.progress = [&](std::size_t done) {
    const double passes = twice ? 2 : 1;
    context.progress(
        std::min(1.0, static_cast<double>(done) / static_cast<double>(batches) / passes));
  };
  calibrate::Result found = calibrate::run(
      model, tensors, calibrate::in_batches(samples.samples, samples.batching), options);
  found.warnings.insert(found.warnings.begin(), samples.notes.begin(), samples.notes.end());
  return {.methods = params.methods,
          .calibration = std::move(found),
          .inputs = calibrate::keep_first(samples.samples, samples.batching)};
}

void register_calibrate(StageRegistry& registry) { add<Calibrate>(registry); }

}  // namespace quantbench::stages
