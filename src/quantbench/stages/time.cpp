#include "quantbench/stages/time.h"

#include <string>
#include <utility>

#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/measure/machine_load.h"
#include "quantbench/runtime/model_interface.h"
#include "quantbench/stages/registry.h"
#include "quantbench/task/task.h"

namespace quantbench::stages {

plan::Request<Time> Time::plan(plan::Builder& builder, const spec::Cell& cell,
                               std::int64_t batch_size, std::int64_t input_length) {
  const spec::Spec& spec = builder.spec();
  const std::string words = plan::in_words(cell);
  return {
      .params = {.task = spec.task,
                 .framework = framework_params(cell),
                 .optimization_level = cell.framework_args.optimization_level,
                 .intra_op_num_threads = cell.framework_args.intra_op_num_threads,
                 .checkpoint = builder.inputs().model_hash,
                 .batch_size = batch_size,
                 .input_length = input_length,
                 .duration = spec.duration_s,
                 .warmup_runs = spec.warmup_runs,
                 .machine = builder.inputs().machine_key},
      .places = {.checkpoint = builder.inputs().model_directory},
      .needs = model_needs(builder, cell),
      .subject = "batch size " + std::to_string(batch_size) + ", input length " +
                 std::to_string(input_length) + (words.empty() ? "" : ", " + words),
      .expected_seconds = spec.duration_s + 1,
  };
}

Time::Result Time::run(const plan::Context<Time>& context) {
  const Params& params = context.params;
  runtime::SessionOptions session_options;
  session_options.optimization_level = params.optimization_level;
  session_options.intra_op_num_threads = params.intra_op_num_threads;
  auto opened = open_model(params.framework, model_path(context), session_options, params.task);
  const std::int64_t fixed_batch = runtime::fixed_batch(opened->inputs());
  const auto session = runtime::with_any_batch(std::move(opened));

  const auto model = checkpoint::ModelDirectory::open(context.places.checkpoint);
  const task::Task& task = task::tasks().get(params.task);
  const auto inputs =
      task.timing_inputs(session->inputs(), params.batch_size, params.input_length, model.config());
  const auto bound = session->bind(inputs);
  const measure::OtherLoad others;
  measure::Timing timing = measure::time_forwards(
      [&] { bound->run(); }, {params.duration, params.warmup_runs}, context.progress);
  const auto other_load = others.share();
  timing.batch_size = params.batch_size;
  timing.input_length = params.input_length;
  std::string remark = task.timing_remark(session->inputs(), params.input_length, model.config());
  if (fixed_batch != 0 && params.batch_size != fixed_batch) {
    const std::int64_t forwards = (params.batch_size + fixed_batch - 1) / fixed_batch;
    remark += (remark.empty() ? "" : "; ") +
              ("the model takes batches of " + std::to_string(fixed_batch)) +
              " only: the batch size " + std::to_string(params.batch_size) + " was timed as " +
              std::to_string(forwards) + (forwards == 1 ? " forward" : " forwards");
  }
  return {.timing = std::move(timing), .other_load = other_load, .remark = std::move(remark)};
}

void register_time(StageRegistry& registry) { add<Time>(registry); }

}  // namespace quantbench::stages
