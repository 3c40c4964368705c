#include "quantbench/plan/plan.h"

#include <algorithm>

#include "quantbench/base/error.h"
#include "quantbench/base/hash.h"
#include "quantbench/base/version.h"
#include "quantbench/quantize/exclusion.h"
#include "quantbench/runtime/session.h"

namespace quantbench::plan {

std::string stage_key(const std::string& stage, const Json& identity,
                      const std::vector<std::string>& needs) {
  const Json whole = {{"stage", stage},
                      {"version", stages::stages().get(stage).version()},
                      {"quantbench", version()},
                      {"identity", identity},
                      {"needs", needs}};
  return sha256(to_line(whole));
}

std::size_t PlanBuilder::require(std::string_view stage, const Target& target) {
  PlannedStage planned;
  planned.stage = stage;
  planned.request = stages::stages().get(stage).plan(*this, target);
  std::vector<std::string> needs;
  for (const std::size_t need : planned.request.needs) needs.push_back(stages_.at(need).key);
  planned.key = stage_key(planned.stage, planned.request.identity, needs);
  const auto [found, is_new] = index_.emplace(planned.key, stages_.size());
  if (is_new) stages_.push_back(std::move(planned));
  return found->second;
}

std::optional<std::size_t> PlanBuilder::model(const Target& target) {
  const auto& runtime = runtime::runtimes().get(target.cell->framework);
  if (runtime.model_form() == runtime::ModelForm::kCheckpoint) return std::nullopt;
  return require(target.cell->apply_quantization ? "quantize" : "export", target);
}

std::vector<std::size_t> PlanBuilder::model_needs(const Target& target) {
  const auto stage = model(target);
  return stage ? std::vector<std::size_t>{*stage} : std::vector<std::size_t>{};
}

Json PlanBuilder::runtime_identity(const std::string& framework) {
  const Json facts = runtime::runtimes().get(framework).facts();
  return {{"name", facts.at("name")}, {"version", facts.at("version")}};
}

std::string in_words(const spec::Cell& cell) {
  std::string out;
  for (const auto& [key, value] : cell.parameters.items()) {
    if (value.is_null()) continue;
    if (!out.empty()) out += ", ";
    out += key + "=" + python_repr(value);
  }
  return out;
}

namespace {

/// Why a cell cannot run in this build; empty: it can.
std::string reason_to_skip(const spec::Cell& cell) {
  if (runtime::runtimes().find(cell.framework) == nullptr) {
    return "framework '" + cell.framework + "' is not in this build of quantbench";
  }
  try {
    runtime::runtimes().get(cell.framework).facts();
  } catch (const Error& error) {
    return error.what();  // a framework whose library is not installed
  }
  return {};
}

/// What a graph may refuse, before anything is measured.
void require_checks(PlanBuilder& builder, const spec::Cell& cell) {
  const auto form = runtime::runtimes().get(cell.framework).model_form();
  if (form == runtime::ModelForm::kCheckpoint) return;
  if (std::ranges::any_of(cell.node_exclusion.value_or(std::vector<std::string>{}),
                          quantize::names_nodes)) {
    builder.require("check_exclusions", {&cell});
  }
}

}  // namespace

Plan make_plan(const spec::Spec& spec, const Inputs& inputs) {
  PlanBuilder builder(spec, inputs);
  Plan plan;
  for (const spec::Cell& cell : spec.cells) {
    if (reason_to_skip(cell).empty()) require_checks(builder, cell);
  }
  for (const spec::Cell& cell : spec.cells) {
    PlannedRow row;
    row.cell = &cell;
    row.skipped = reason_to_skip(cell);
    if (row.skipped.empty()) {
      row.model = builder.model({&cell});
      row.evaluate = builder.require("evaluate", {&cell});
    }
    plan.rows.push_back(std::move(row));
  }
  for (const std::int64_t batch_size : spec.batch_sizes) {
    for (const std::int64_t input_length : spec.input_lengths) {
      for (PlannedRow& row : plan.rows) {
        if (!row.skipped.empty()) continue;
        row.times.push_back(builder.require("time", {row.cell, batch_size, input_length}));
      }
    }
  }
  plan.stages = builder.take();
  return plan;
}

}  // namespace quantbench::plan
