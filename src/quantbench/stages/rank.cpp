#include "quantbench/stages/rank.h"

#include <algorithm>
#include <utility>

#include "quantbench/base/file.h"
#include "quantbench/base/parallel.h"
#include "quantbench/calibrate/parameters.h"
#include "quantbench/calibrate/sensitivity.h"
#include "quantbench/graph/model.h"
#include "quantbench/measure/memory_limit.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/quantize/preparation.h"
#include "quantbench/quantize/preset.h"
#include "quantbench/stages/common/calibration_samples.h"
#include "quantbench/stages/common/model.h"
#include "quantbench/stages/registry.h"

namespace quantbench::stages {

namespace {

/// The ranking settles with few samples: each gives a ratio for every token.
constexpr std::int64_t kSamples = 32;
/// The worst operators are measured at the model's output too, where damage adds up.
constexpr std::size_t kVerified = 4;
/// An operator whose own output has less signal to noise is broken by its quantization, in dB: a
/// tenth of what comes out is noise. Int8 usually gives 20 to 40.
constexpr double kBroken = 10;

/// Number of quantized copies of a model that the memory holds beside it, at most one a core.
std::size_t models_at_a_time(const std::filesystem::path& artefact) {
  // The quantized graph, the session's own weights, and some room.
  constexpr std::uint64_t kTimesItsFile = 4;
  const std::size_t cores = usable_cores();
  const auto available = measure::available_memory();
  if (!available) return cores;
  const std::uint64_t of_one = kTimesItsFile * std::max<std::uint64_t>(1, bytes_in(artefact));
  return std::clamp<std::size_t>(*available / of_one, 1, cores);
}

/// The cell's own approach and options, or an approach that calibrates with the options that both
/// know.
Calibrate::Quantization ranked(const spec::Cell& cell) {
  Json options = quantize::without_presets(cell.quantization);
  options.erase("node_exclusion");
  const std::string& own = cell.quantization_approach.value();
  if (quantize::approaches().get(own).calibrates()) return {own, std::move(options)};
  const std::string other = quantize::calibrating_approaches().at(0);
  const Parameters known = quantize::approaches().get(other).parameters();
  Json shared = Json::object();
  for (const auto& [name, value] : options.items()) {
    const Parameter* parameter = find_parameter(known, name);
    if (parameter != nullptr && !value.is_null()) shared[name] = value;
  }
  return {other, std::move(shared)};
}

CalibrationSource ranked_source(const dataset::Source& source, const Rank::Params& params) {
  return {.source = source,
          .split = params.calibration_split,
          .samples = static_cast<std::size_t>(params.pass.num_calibration_samples),
          .pad_to_max_length = false,
          .sample_seed = params.sample_seed};
}

}  // namespace

plan::Request<Rank> Rank::plan(plan::Builder& builder, const spec::Cell& cell) {
  const spec::Spec& spec = builder.spec();
  const std::string split = spec.dataset.calibration_split.value_or(spec.dataset.eval_split);
  const calibrate::Calibration wanted =
      calibrate::calibration_from(cell.calibration.value_or(Json::object()));
  Params params{.task = plan::task_params(spec),
                .checkpoint = builder.inputs().model_hash,
                .calibration_split = split,
                .pass = {.num_calibration_samples = kSamples,
                         .max_length = {},
                         .mask_padding = true,
                         .collection = nullptr,
                         .preparation = quantize::preparation_of(cell.quantization)},
                .quantization = ranked(cell),
                .method = calibrate::to_json(wanted.calibrator),
                .verify = kVerified};
  if (split == spec.dataset.eval_split) params.sample_seed = spec.sample_seed;
  const plan::TaskPlaces places = plan::task_places(spec, builder.inputs().model_directory);
  params.dataset = hash_of_rows(spec.task, ranked_source(places.source(), params));
  return {
      .params = std::move(params),
      .places = places,
      .needs = {require_float_model(builder, cell)},
      .subject = plan::in_words(cell),
      .expected_seconds = 10,
  };
}

Rank::Result Rank::run(const plan::Context<Rank>& context) {
  const Params& params = context.params;
  const graph::Model model = quantize::prepare(graph::Model::load(context.artefact(0) / kModelFile),
                                               params.pass.preparation);
  const CalibrationSamples samples =
      samples_of_stage(params.task, params.dataset, context.places.checkpoint, model,
                       ranked_source(context.places.source(), params));

  const quantize::Approach& approach = quantize::approaches().get(params.quantization.approach);
  const Json& values = params.quantization.options;
  calibrate::Options options;
  options.methods = {calibrate::method_from_json(params.method)};
  options.skip_padding = params.pass.mask_padding;
  options.samples = samples.samples.size();
  const auto ranges =
      calibrate::run(model, approach.tensors_to_calibrate_each(model, values),
                     calibrate::in_batches(samples.samples, samples.batching), options);
  calibrate::BatchOptions single = samples.batching;
  single.batch_size = 1;
  single.pad_to = 0;
  calibrate::SensitivityOptions ranking;
  ranking.approach = &approach;
  ranking.quantization = values;
  ranking.verify = params.verify;
  ranking.models_at_a_time = models_at_a_time(context.artefact(0));
  ranking.progress = context.progress;
  const calibrate::SensitivityResult found = calibrate::rank_operators(
      model, ranges.methods.at(0).ranges, calibrate::in_batches(samples.samples, single), ranking);
  Result result{.operators = {}, .broken = 0, .samples = found.samples};
  for (const calibrate::Sensitivity& one : found.operators) result.operators.push_back(one.node);
  const auto kept = std::ranges::find_if(found.operators, [](const calibrate::Sensitivity& one) {
    return one.local_sqnr_db >= kBroken;
  });
  result.broken = static_cast<std::size_t>(kept - found.operators.begin());
  return result;
}

void register_rank(StageRegistry& registry) { add<Rank>(registry); }

}  // namespace quantbench::stages
