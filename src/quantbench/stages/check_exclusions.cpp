#include <algorithm>

#include "quantbench/graph/model.h"
#include "quantbench/plan/plan.h"
#include "quantbench/plan/stage.h"
#include "quantbench/quantize/exclusion.h"

namespace quantbench::stages {

namespace {

/// float32 ONNX model and entries of node_exclusion -> nothing, or an Error for an unknown node
/// name. The check needs the graph, so it comes directly after the export. A typing error then ends
/// the run before any measurement.
class CheckExclusions final : public plan::Stage {
 public:
  int version() const override { return 1; }
  bool errors_are_input_faults() const override { return true; }

  plan::Request plan(plan::PlanBuilder& builder, const plan::Target& target) const override {
    std::vector<std::string> entries = target.cell->node_exclusion.value_or(Entries{});
    std::erase_if(entries, [](const auto& entry) { return !quantize::names_nodes(entry); });
    std::sort(entries.begin(), entries.end());
    plan::Request request;
    request.identity = {{"node_exclusion", entries}};
    request.needs = {builder.require("export", target)};
    request.subject = "names of nodes";
    request.expected_seconds = 0.2;
    return request;
  }

  Json run(const plan::StageContext& context) const override {
    const auto model = graph::Model::load(context.artefacts.at(0) / plan::kModelFile);
    quantize::resolve_exclusions(model, context.identity.at("node_exclusion").get<Entries>());
    return Json::object();
  }

 private:
  using Entries = std::vector<std::string>;
};

}  // namespace

void register_check_exclusions(plan::StageRegistry& registry) {
  registry.add("check_exclusions", std::make_unique<CheckExclusions>());
}

}  // namespace quantbench::stages
