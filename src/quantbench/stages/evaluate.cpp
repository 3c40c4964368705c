#include "quantbench/stages/evaluate.h"

#include <utility>

#include "quantbench/base/parallel.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/metric/outcomes.h"
#include "quantbench/runtime/execution.h"
#include "quantbench/runtime/independence.h"
#include "quantbench/runtime/model_interface.h"
#include "quantbench/stages/registry.h"
#include "quantbench/task/task.h"

namespace quantbench::stages {

plan::Request<Evaluate> Evaluate::plan(plan::Builder& builder, const spec::Cell& cell) {
  const spec::Spec& spec = builder.spec();
  const plan::Inputs& inputs = builder.inputs();
  const std::optional<bool> tells_precision =
      spec.tells_precision ? std::nullopt : std::optional(false);
  return {
      .params = {.task = plan::task_params(spec),
                 .framework = framework_params(cell),
                 .optimization_level = cell.framework_args.optimization_level,
                 .checkpoint = inputs.model_hash,
                 .preprocessing = inputs.preprocessing_hash,
                 .dataset = inputs.evaluation_hash,
                 .eval_split = spec.dataset.eval_split,
                 .max_eval_samples = static_cast<std::size_t>(spec.max_eval_samples.value_or(0)),
                 .sample_seed = spec.sample_seed,
                 .eval_batch_size = spec.eval_batch_size,
                 .metrics = inputs.metrics,
                 .machine = inputs.machine_key,
                 .tells_precision = tells_precision},
      .places = plan::task_places(spec, inputs.model_directory),
      .needs = model_needs(builder, cell),
      .subject = plan::in_words(cell),
      .expected_seconds = 15,
  };
}

Evaluate::Result Evaluate::run(const plan::Context<Evaluate>& context) {
  const Params& params = context.params;
  const auto model_directory = checkpoint::ModelDirectory::open(context.places.checkpoint);
  task::TaskContext task_context = plan::task_context(model_directory, params.task);
  const dataset::Source source = context.places.source();
  const task::Task& task = task::tasks().get(params.task.task);
  const dataset::Subset rows =
      plan::evaluated_rows(task, params.max_eval_samples, params.sample_seed);
  runtime::SessionOptions session_options;
  session_options.optimization_level = params.optimization_level;
  session_options.intra_op_num_threads = 1;
  session_options.parallel_forwards = static_cast<int>(usable_cores());
  const std::filesystem::path model = model_path(context);
  // Before a session exists: the process that asks for the precision is forked from this one.
  const runtime::Runtime& runtime = params.framework.runtime();
  session_options.arguments = params.framework.arguments;
  std::vector<std::string> precision_remarks;
  if (params.tells_precision.value_or(true)) {
    precision_remarks = runtime::precision_warnings(runtime, model, session_options);
  }
  const auto session = runtime::with_any_batch(
      open_model(params.framework, model, session_options, params.task.task));

  task_context.inputs = session->inputs();
  const auto [split, processor] =
      plan::open_samples(task, task_context, source, params.eval_split, rows);
  task::EvaluationOptions options;
  options.metrics = params.metrics;
  options.eval_batch_size = params.eval_batch_size;
  options.join_equal_lengths = runtime::rows_are_independent(runtime, model);
  options.progress = [&](std::size_t done, std::size_t total) {
    if (total > 0) context.progress(static_cast<double>(done) / static_cast<double>(total));
  };
  task::Evaluation evaluation =
      task::evaluate(*session, *processor, split, task_context.labels, options);
  plan::require_unchanged(dataset::content_hash(source, params.eval_split, rows), params.dataset,
                          source.path);
  if (runtime.model_form() == runtime::ModelForm::kCheckpoint) {
    const auto checkpoint = checkpoint::Checkpoint::open(context.places.checkpoint);
    plan::require_unchanged(checkpoint.content_hash(), params.checkpoint,
                            checkpoint.directory().string());
  }
  Result result{.figures = std::move(evaluation.figures),
                .samples = evaluation.samples,
                .left_out = evaluation.left_out,
                .remarks = std::move(evaluation.remarks),
                .precision_remarks = std::move(precision_remarks),
                .streams = evaluation.streams,
                .seconds_per_sample = evaluation.seconds_per_sample};
  for (const auto& [figure, parts] : evaluation.outcomes) {
    result.outcomes[figure] = metric::text_of(parts);
  }
  if (!evaluation.tags.empty()) result.tags = std::move(evaluation.tags);
  // One a sample: never twice in memory.
  result.predictions = Json(std::move(evaluation.predictions));
  return result;
}

void register_evaluate(StageRegistry& registry) { add<Evaluate>(registry); }

}  // namespace quantbench::stages
