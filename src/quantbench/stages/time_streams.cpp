#include "quantbench/stages/time_streams.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "quantbench/measure/machine_load.h"
#include "quantbench/stages/common/timed_model.h"
#include "quantbench/stages/registry.h"

namespace quantbench::stages {

std::vector<std::int64_t> TimeStreams::counts(const spec::Spec& spec, std::int64_t processors) {
  std::vector<std::int64_t> counts;
  for (const std::int64_t given : spec.streams) {
    const std::int64_t count = given == spec::kStreamPerCore ? processors : given;
    if (std::ranges::find(counts, count) == counts.end()) counts.push_back(count);
  }
  return counts;
}

plan::Request<TimeStreams> TimeStreams::plan(plan::Builder& builder, const spec::Cell& cell,
                                             std::int64_t batch_size, std::int64_t input_length,
                                             std::int64_t streams) {
  const spec::Spec& spec = builder.spec();
  return {
      .params = {.task = spec.task,
                 .framework = framework_params(cell),
                 .optimization_level = cell.framework_args.optimization_level,
                 .checkpoint = builder.inputs().model_hash,
                 .batch_size = batch_size,
                 .input_length = input_length,
                 .streams = streams,
                 .processors = builder.inputs().usable_cores,
                 .duration = spec.duration_s,
                 .warmup_runs = spec.warmup_runs,
                 .machine = builder.inputs().machine_key},
      .places = {.checkpoint = builder.inputs().model_directory},
      .needs = model_needs(builder, cell),
      .subject = std::to_string(streams) + (streams == 1 ? " stream" : " streams") + ", " +
                 shape_subject(cell, batch_size, input_length),
      .expected_seconds = spec.duration_s + 1,
  };
}

TimeStreams::Result TimeStreams::run(const plan::Context<TimeStreams>& context) {
  const Params& params = context.params;
  const auto model = checkpoint::ModelDirectory::open(context.places.checkpoint);
  const task::Task& task = task::tasks().get(params.task);
  runtime::SessionOptions options;
  options.optimization_level = params.optimization_level;
  options.intra_op_num_threads = 1;

  // Each with its own copy of the model and its own inputs.
  std::vector<TimedModel> streams;
  for (std::int64_t i = 0; i < params.streams; ++i) {
    streams.emplace_back(open_model(params.framework, model_path(context), options, params.task),
                         task, model.config(), params.batch_size, params.input_length);
  }
  std::vector<std::function<void()>> forwards;
  for (TimedModel& stream : streams) forwards.emplace_back([&stream] { stream.forward(); });
  const measure::OtherLoad others;
  measure::StreamFigures figures = measure::time_streams(forwards,
                                                         {.duration_s = params.duration,
                                                          .warmup_runs = params.warmup_runs,
                                                          .batch_size = params.batch_size},
                                                         context.progress);
  figures.input_length = params.input_length;
  return {.figures = figures, .other_load = others.share()};
}

void register_time_streams(StageRegistry& registry) { add<TimeStreams>(registry); }

}  // namespace quantbench::stages
