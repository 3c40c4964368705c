#include "quantbench/search/laboratory.h"

#include <algorithm>
#include <utility>

#include "quantbench/base/parallel.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/execute/plan_rows.h"
#include "quantbench/execute/rows.h"
#include "quantbench/plan/task_data.h"
#include "quantbench/stages/common/model.h"
#include "quantbench/stages/rank.h"
#include "quantbench/task/task.h"

namespace quantbench::search {

namespace {

/// An evaluation uses all cores when its model is open, so more at a time gain little.
constexpr std::size_t kMostAtATime = 4;

}  // namespace

Laboratory::Laboratory(execute::Prepared prepared, const execute::Options& options,
                       store::Database& database)
    : prepared_(std::move(prepared)), options_(options), results_(database) {}

std::size_t Laboratory::add(spec::Cell cell) {
  auto& cells = prepared_.located.spec.cells;
  cells.push_back(std::move(cell));
  return cells.size() - 1;
}

std::size_t Laboratory::at_a_time() { return std::min(kMostAtATime, usable_cores()); }

std::vector<execute::StageOutcome> Laboratory::run(const std::vector<plan::PlannedStage>& stages) {
  execute::Executor executor(stages, prepared_.inputs.machine, options_, results_);
  executor.run_at_a_time(at_a_time(), largest_);
  auto outcomes = executor.run();
  largest_ = std::max(largest_, executor.largest());
  return outcomes;
}

spec::Spec Laboratory::variant(std::optional<std::size_t> samples,
                               const std::optional<Effort>& effort) const {
  spec::Spec out = spec();
  if (samples) out.max_eval_samples = static_cast<std::int64_t>(*samples);
  out.tells_precision = samples == prepared_.inputs.evaluation_samples;
  out.verifies_quantized = false;
  if (effort) {
    out.duration_s = effort->duration_s;
    out.target = effort->target;
    out.starts = effort->starts;
  }
  return out;
}

const plan::Inputs& Laboratory::inputs_of(std::size_t samples) {
  const auto known = inputs_.find(samples);
  if (known != inputs_.end()) return known->second;
  const spec::DatasetSpec& data = spec().dataset;
  plan::Inputs inputs = prepared_.inputs;
  inputs.evaluation_samples = samples;
  inputs.evaluation_hash = dataset::content_hash(
      {data.path, data.name}, data.eval_split,
      plan::evaluated_rows(task::tasks().get(spec().task), samples, spec().sample_seed));
  return inputs_.emplace(samples, std::move(inputs)).first->second;
}

Rows Laboratory::measure(const std::vector<std::size_t>& cells, std::optional<std::size_t> samples,
                         const std::optional<Effort>& effort) {
  const spec::Spec measured = variant(samples, effort);
  plan::Builder builder(measured, samples ? inputs_of(*samples) : prepared_.inputs);
  std::vector<execute::PlannedRow> planned;
  for (const std::size_t index : cells) {
    execute::PlannedRow& row = planned.emplace_back();
    row.cell = &measured.cells.at(index);
    row.model = stages::require_model(builder, *row.cell);
    if (samples) row.evaluate = builder.require<stages::Evaluate>(*row.cell);
  }
  if (effort) {
    for (const analysis::Shape& shape : effort->shapes) {
      for (execute::PlannedRow& row : planned) {
        row.times.push_back(
            builder.require<stages::Time>(*row.cell, shape.batch_size, shape.input_length));
      }
    }
  }
  const auto outcomes = run(builder.take());
  Rows out;
  for (const execute::PlannedRow& row : planned) {
    out.rows.push_back(execute::make_row(row, outcomes, prepared_.inputs.machine));
    out.keys.push_back(execute::stage_keys(row, outcomes));
  }
  return out;
}

Laboratory::Ranking Laboratory::rank(std::size_t cell) {
  plan::Builder builder(spec(), prepared_.inputs);
  const auto planned = builder.require<stages::Rank>(spec().cells.at(cell));
  const auto outcomes = run(builder.take());
  const execute::StageOutcome& outcome = outcomes.at(planned.index);
  Ranking out;
  if (outcome.ok) {
    stages::Rank::Result ranked = execute::result_of<stages::Rank>(outcome);
    out.operators = std::move(ranked.operators);
    out.broken = ranked.broken;
  } else {
    out.failure = outcome.message;
  }
  return out;
}

}  // namespace quantbench::search
