#include "quantbench/base/error.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/metric/outcomes.h"
#include "quantbench/plan/plan.h"
#include "quantbench/plan/stage.h"
#include "quantbench/runtime/independence.h"
#include "quantbench/runtime/session.h"
#include "quantbench/stages/common/model_session.h"
#include "quantbench/task/task.h"

namespace quantbench::stages {

namespace {

/// Model and data set -> figures of the metrics. The session is single-threaded whatever
/// intra_op_num_threads says: samples run in parallel streams instead, which changes no result.
class Evaluate final : public plan::Stage {
 public:
  int version() const override { return 5; }

  plan::Request plan(plan::PlanBuilder& builder, const plan::Target& target) const override {
    const spec::Spec& spec = builder.spec();
    const spec::Cell& cell = *target.cell;
    plan::Request request;
    request.identity = {{"task", plan::task_identity(spec)},
                        {"framework", plan::PlanBuilder::runtime_identity(cell.framework)},
                        {"optimization_level", cell.framework_args.optimization_level},
                        {"checkpoint", builder.inputs().model_hash},
                        {"preprocessing", builder.inputs().preprocessing_hash},
                        {"dataset", builder.inputs().evaluation_hash},
                        {"eval_split", spec.dataset.eval_split},
                        {"max_eval_samples", spec.max_eval_samples.value_or(0)},
                        {"eval_batch_size", spec.eval_batch_size},
                        {"metrics", builder.inputs().metrics},
                        {"machine", builder.inputs().machine_key}};
    request.locations = {{"checkpoint", spec.name_or_path},
                         {"path", spec.dataset.path},
                         {"name", spec.dataset.name ? Json(*spec.dataset.name) : Json()}};
    request.needs = builder.model_needs(target);
    request.subject = plan::in_words(cell);
    request.expected_seconds = 15;
    return request;
  }

  Json run(const plan::StageContext& context) const override {
    const Json& identity = context.identity;
    const auto checkpoint = checkpoint::Checkpoint::open(context.locations.at("checkpoint"));
    const Json& task_part = identity.at("task");
    const task::TaskContext context_of_task = plan::task_context(checkpoint, task_part);

    dataset::Source source{context.locations.at("path"), std::nullopt};
    if (context.locations.at("name").is_string()) source.name = context.locations.at("name");
    const task::Task& task = task::tasks().get(task_part.at("task").get<std::string>());
    const auto samples = identity.at("max_eval_samples").get<std::size_t>();
    const auto split_name = identity.at("eval_split").get<std::string>();
    const auto [split, processor] =
        plan::open_samples(task, context_of_task, source, split_name, task.subset(samples));

    runtime::SessionOptions session_options;
    session_options.optimization_level = identity.at("optimization_level");
    session_options.intra_op_num_threads = 1;
    const auto session = open_model(context, session_options, task_part.at("task"));

    task::EvaluationOptions options;
    options.metrics = identity.at("metrics");
    options.eval_batch_size = identity.at("eval_batch_size");
    options.join_equal_lengths =
        runtime::rows_are_independent(framework_of(context), model_path(context));
    options.progress = [&](std::size_t done, std::size_t total) {
      if (total > 0) context.progress(static_cast<double>(done) / static_cast<double>(total));
    };
    task::Evaluation evaluation =
        task::evaluate(*session, *processor, split, context_of_task.labels, options);
    plan::require_unchanged(dataset::content_hash(source, split_name, task.subset(samples)),
                            identity.at("dataset"), source.path);
    if (framework_of(context).model_form() == runtime::ModelForm::kCheckpoint) {
      plan::require_unchanged(checkpoint.content_hash(), identity.at("checkpoint"),
                              checkpoint.directory().string());
    }
    Json result = {
        {"figures", evaluation.figures},   {"samples", evaluation.samples},
        {"left_out", evaluation.left_out}, {"remarks", evaluation.remarks},
        {"streams", evaluation.streams},   {"seconds_per_sample", evaluation.seconds_per_sample}};
    Json outcomes = Json::object();
    for (const auto& [figure, right] : evaluation.outcomes)
      outcomes[figure] = metric::hex_digits(right);
    result["outcomes"] = std::move(outcomes);
    if (!evaluation.tags.empty()) result["tags"] = evaluation.tags;
    // One a sample: never twice in memory.
    result["predictions"] = Json(std::move(evaluation.predictions));
    return result;
  }

  std::vector<std::string> stored_only() const override { return {"predictions", "tags"}; }
};

}  // namespace

void register_evaluate(plan::StageRegistry& registry) {
  registry.add("evaluate", std::make_unique<Evaluate>());
}

}  // namespace quantbench::stages
