#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/model/architecture.h"
#include "quantbench/plan/plan.h"
#include "quantbench/plan/stage.h"

namespace quantbench::stages {

namespace {

/// Checkpoint -> float32 ONNX model.
class Export final : public plan::Stage {
 public:
  int version() const override { return 1; }
  bool makes_artefact() const override { return true; }
  bool errors_are_input_faults() const override { return true; }

  plan::Request plan(plan::PlanBuilder& builder, const plan::Target& target) const override {
    const plan::Inputs& inputs = builder.inputs();
    plan::Request request;
    request.identity = {{"checkpoint", inputs.model_hash},
                        {"task", builder.spec().task},
                        {"opset", target.cell->framework_args.opset}};
    request.locations = {{"checkpoint", inputs.model_directory.string()}};
    request.subject =
        inputs.model_type + ", opset " + std::to_string(target.cell->framework_args.opset);
    request.expected_seconds = 2;
    return request;
  }

  Json run(const plan::StageContext& context) const override {
    const auto checkpoint = checkpoint::Checkpoint::open(
        require<std::string>(context.locations, "checkpoint", "export"));
    model::ExportOptions options;
    options.task = require<std::string>(context.identity, "task", "export");
    options.opset = static_cast<int>(require<std::int64_t>(context.identity, "opset", "export"));
    model::export_onnx(checkpoint, options).save(context.output / plan::kModelFile);
    plan::require_unchanged(checkpoint.content_hash(), context.identity.at("checkpoint"),
                            checkpoint.directory().string());
    return Json::object();
  }
};

}  // namespace

void register_export(plan::StageRegistry& registry) {
  registry.add("export", std::make_unique<Export>());
}

}  // namespace quantbench::stages
