#include "quantbench/stages/check_exclusions.h"

#include <algorithm>
#include <iterator>

#include "quantbench/graph/model.h"
#include "quantbench/quantize/exclusion.h"
#include "quantbench/runtime/session.h"
#include "quantbench/stages/common/model.h"
#include "quantbench/stages/registry.h"

namespace quantbench::stages {

namespace {

/// The entries that name nodes, sorted.
std::vector<std::string> node_names(const spec::Cell& cell) {
  std::vector<std::string> names;
  if (cell.node_exclusion) {
    std::ranges::copy_if(*cell.node_exclusion, std::back_inserter(names), quantize::names_nodes);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace

bool CheckExclusions::applies_to(const spec::Cell& cell) {
  const auto form = runtime::runtimes().get(cell.framework).model_form();
  return form != runtime::ModelForm::kCheckpoint && !node_names(cell).empty();
}

plan::Request<CheckExclusions> CheckExclusions::plan(plan::Builder& builder,
                                                     const spec::Cell& cell) {
  return {
      .params = {.node_exclusion = node_names(cell)},
      .needs = {require_float_model(builder, cell)},
      .subject = "names of nodes",
      .expected_seconds = 0.2,
  };
}

CheckExclusions::Result CheckExclusions::run(const plan::Context<CheckExclusions>& context) {
  const auto model = graph::Model::load(context.artefact(0) / kModelFile);
  quantize::resolve_exclusions(model, context.params.node_exclusion);
  return {};
}

void register_check_exclusions(StageRegistry& registry) { add<CheckExclusions>(registry); }

}  // namespace quantbench::stages
