#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/measure/machine_load.h"
#include "quantbench/measure/timing.h"
#include "quantbench/plan/plan.h"
#include "quantbench/plan/stage.h"
#include "quantbench/runtime/session.h"
#include "quantbench/stages/common/model_session.h"
#include "quantbench/task/task.h"

namespace quantbench::stages {

namespace {

/// Model, batch size and input length -> latencies. Each input shape has its own worker: the peak
/// memory then belongs to the shape, and a crash costs only that shape. Loading the model is not
/// timed.
class Time final : public plan::Stage {
 public:
  int version() const override { return 2; }

  plan::Request plan(plan::PlanBuilder& builder, const plan::Target& target) const override {
    const spec::Spec& spec = builder.spec();
    const spec::FrameworkArgs& args = target.cell->framework_args;
    plan::Request request;
    request.identity = {{"task", spec.task},
                        {"framework", plan::PlanBuilder::runtime_identity(target.cell->framework)},
                        {"optimization_level", args.optimization_level},
                        {"intra_op_num_threads",
                         args.intra_op_num_threads ? Json(*args.intra_op_num_threads) : Json()},
                        {"checkpoint", builder.inputs().model_hash},
                        {"batch_size", target.batch_size},
                        {"input_length", target.input_length},
                        {"duration", spec.duration_s},
                        {"warmup_runs", spec.warmup_runs},
                        {"machine", builder.inputs().machine_key}};
    request.locations = {{"checkpoint", spec.name_or_path}};
    request.needs = builder.model_needs(target);
    request.subject = "batch size " + std::to_string(target.batch_size) + ", input length " +
                      std::to_string(target.input_length);
    if (const std::string words = plan::in_words(*target.cell); !words.empty()) {
      request.subject += ", " + words;
    }
    request.expected_seconds = spec.duration_s + 1;
    return request;
  }

  Json run(const plan::StageContext& context) const override {
    const Json& identity = context.identity;
    runtime::SessionOptions session_options;
    session_options.optimization_level = identity.at("optimization_level");
    if (identity.at("intra_op_num_threads").is_number()) {
      session_options.intra_op_num_threads = identity.at("intra_op_num_threads").get<int>();
    }
    const auto session = open_model(context, session_options, identity.at("task"));

    const auto checkpoint = checkpoint::Checkpoint::open(context.locations.at("checkpoint"));
    const task::Task& task = task::tasks().get(identity.at("task").get<std::string>());
    const auto inputs = task.timing_inputs(session->inputs(), identity.at("batch_size"),
                                           identity.at("input_length"), checkpoint.config());
    const auto bound = session->bind(inputs);
    const measure::OtherLoad others;
    measure::Timing timing = measure::time_forwards(
        [&] { bound->run(); }, {identity.at("duration"), identity.at("warmup_runs")},
        context.progress);
    const auto other_load = others.share();
    timing.batch_size = identity.at("batch_size");
    timing.input_length = identity.at("input_length");
    return {{"timing", timing.to_json()},
            {"other_load", other_load ? Json(*other_load) : Json()},
            {"remark", task.timing_remark(timing.input_length, checkpoint.config())}};
  }
};

}  // namespace

void register_time(plan::StageRegistry& registry) {
  registry.add("time", std::make_unique<Time>());
}

}  // namespace quantbench::stages
