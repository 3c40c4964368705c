#include "quantbench/execute/plan_rows.h"

#include "quantbench/base/error.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/runtime/session.h"
#include "quantbench/stages/check_exclusions.h"

namespace quantbench::execute {

namespace {

/// Why the framework does not take the models of the cell's approach; empty: it takes them.
std::string run_time_quantization_refused(const spec::Cell& cell) {
  const auto* approach = cell.quantization_approach
                             ? quantize::approaches().find(*cell.quantization_approach)
                             : nullptr;
  if (approach == nullptr || !approach->quantizes_at_run_time()) return {};
  const std::string reason =
      runtime::runtimes().get(cell.framework).against_run_time_quantization();
  if (reason.empty()) return {};
  return "framework '" + cell.framework + "' does not take quantization_approach " +
         *cell.quantization_approach + ": " + reason;
}

/// Why a cell cannot run in this build; empty: it can.
std::string reason_to_skip(const spec::Cell& cell, const plan::Inputs& inputs) {
  if (runtime::runtimes().find(cell.framework) == nullptr) {
    return "framework '" + cell.framework + "' is not in this build of quantbench";
  }
  const auto form = runtime::runtimes().get(cell.framework).model_form();
  if (form == runtime::ModelForm::kCheckpoint && !inputs.onnx.empty()) {
    return "framework '" + cell.framework + "' opens checkpoints, and the model is an ONNX file";
  }
  const std::string refusal = run_time_quantization_refused(cell);
  if (!refusal.empty()) return refusal;
  try {
    plan::runtime_facts(inputs, cell.framework);
  } catch (const Error& error) {
    return error.what();  // a framework whose library is not installed
  }
  return {};
}

void require_streams(Plan& plan, plan::Builder& builder) {
  const spec::Spec& spec = builder.spec();
  const auto counts = stages::TimeStreams::counts(spec, builder.inputs().usable_cores);
  for (const std::int64_t batch_size : spec.batch_sizes) {
    for (const std::int64_t input_length : spec.input_lengths) {
      for (const std::int64_t count : counts) {
        for (PlannedRow& row : plan.rows) {
          if (!row.skipped.empty()) continue;
          row.streams.push_back(
              builder.require<stages::TimeStreams>(*row.cell, batch_size, input_length, count));
        }
      }
    }
  }
}

}  // namespace

Plan plan_rows(const spec::Spec& spec, const plan::Inputs& inputs) {
  plan::Builder builder(spec, inputs);
  Plan plan;
  for (const spec::Cell& cell : spec.cells) {
    PlannedRow& row = plan.rows.emplace_back();
    row.cell = &cell;
    row.skipped = reason_to_skip(cell, inputs);
    if (row.skipped.empty() && stages::CheckExclusions::applies_to(cell)) {
      builder.require<stages::CheckExclusions>(cell);
    }
  }
  for (PlannedRow& row : plan.rows) {
    if (!row.skipped.empty()) continue;
    row.model = stages::require_model(builder, *row.cell);
    row.evaluate = builder.require<stages::Evaluate>(*row.cell);
  }
  for (const std::int64_t batch_size : spec.batch_sizes) {
    for (const std::int64_t input_length : spec.input_lengths) {
      for (PlannedRow& row : plan.rows) {
        if (!row.skipped.empty()) continue;
        row.times.push_back(builder.require<stages::Time>(*row.cell, batch_size, input_length));
      }
    }
  }
  require_streams(plan, builder);
  plan.stages = builder.take();
  return plan;
}

}  // namespace quantbench::execute
