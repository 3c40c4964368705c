#include "quantbench/stages/export.h"

#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/model/architecture.h"
#include "quantbench/plan/task_data.h"
#include "quantbench/stages/registry.h"

namespace quantbench::stages {

plan::Request<Export> Export::plan(plan::Builder& builder, const spec::Cell& cell) {
  const plan::Inputs& inputs = builder.inputs();
  const std::int64_t opset = cell.framework_args.opset;
  return {
      .params = {.checkpoint = inputs.model_hash, .task = builder.spec().task, .opset = opset},
      .places = {.checkpoint = inputs.model_directory},
      .subject = inputs.model_type + ", opset " + std::to_string(opset),
      .expected_seconds = 2,
  };
}

Export::Result Export::run(const plan::Context<Export>& context) {
  const auto checkpoint = checkpoint::Checkpoint::open(context.places.checkpoint);
  model::ExportOptions options;
  options.task = context.params.task;
  options.opset = static_cast<int>(context.params.opset);
  model::export_onnx(checkpoint, options).save(context.output() / kModelFile);
  plan::require_unchanged(checkpoint.content_hash(), context.params.checkpoint,
                          checkpoint.directory().string());
  return {};
}

void register_export(StageRegistry& registry) { add<Export>(registry); }

}  // namespace quantbench::stages
