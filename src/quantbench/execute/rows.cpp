#include "quantbench/execute/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "quantbench/measure/machine.h"
#include "quantbench/measure/machine_load.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/runtime/session.h"
#include "quantbench/stages/quantize.h"

namespace quantbench::execute {

namespace {

std::vector<std::size_t> all_stages(const PlannedRow& planned) {
  std::vector<std::size_t> out;
  if (planned.model) out.push_back(*planned.model);
  if (planned.evaluate) out.push_back(planned.evaluate->index);
  for (const auto& time : planned.times) out.push_back(time.index);
  for (const auto& streams : planned.streams) out.push_back(streams.index);
  return out;
}

/// The first of a row's stages that failed or did not run; empty message if there is none.
std::string failure_of(const PlannedRow& planned, const std::vector<StageOutcome>& outcomes) {
  for (const std::size_t stage : all_stages(planned)) {
    if (!outcomes[stage].ok) return outcomes[stage].message;
  }
  return {};
}

void add_quantization(store::Row& row, const spec::Cell& cell, quantize::Report report,
                      const Json& machine) {
  row.quantization = std::move(report);
  if (row.quantization->quantized_count() > 0 && !cell.reduce_range.value_or(false) &&
      measure::u8s8_saturates(machine)) {
    row.warnings.emplace_back(
        "this CPU has no VNNI: its u8 x s8 products saturate, which can cost accuracy that other "
        "CPUs keep; reduce_range avoids it");
  }
}

void warn_once(store::Row& row, const std::string& remark) {
  if (remark.empty()) return;
  if (std::find(row.warnings.begin(), row.warnings.end(), remark) == row.warnings.end()) {
    row.warnings.push_back(remark);
  }
}

/// On a level that leaves what the quantizer wrote unfused. The same text for all rows of a level,
/// so reports can group them. It is said in place of what was measured of the row's precision: at
/// such a level every product runs in float, and only the level is to be mended.
std::string remark_on_fusion(const spec::Cell& cell, const quantize::Report& report) {
  const int level = cell.framework_args.optimization_level;
  const auto* approach = cell.quantization_approach
                             ? quantize::approaches().find(*cell.quantization_approach)
                             : nullptr;
  if (approach == nullptr || report.quantized_count() == 0) return {};
  const int fused_from = approach->fused_from_level(cell.quantization);
  if (level >= fused_from) return {};
  return fmt::format(
      "optimization_level {} is below {}: the runtime runs Q/DQ pairs one by one instead of fusing "
      "them, and is slower than when it is deployed; leave the default, {}",
      level, fused_from, spec::kAllOptimizations);
}

/// On a level that the protocol of the cards does not apply.
std::string remark_on_protocol(const spec::Cell& cell) {
  const auto& given = cell.framework_args.unapplied_optimization_level;
  const auto* runtime = runtime::runtimes().find(cell.framework);
  const bool has_levels = runtime != nullptr && runtime->model_form() == runtime::ModelForm::kOnnx;
  if (!given || !has_levels) return {};
  return fmt::format(
      "protocol: reference does not apply optimization_level {}, as the tool of the cards did not: "
      "the model ran at ONNX Runtime's default, {}",
      *given, spec::kAllOptimizations);
}

/// The same text for all rows, so reports can group them.
std::string remark_on_other_load(const std::optional<double>& other_load) {
  if (other_load.value_or(0) < measure::kMuchOtherLoad) return {};
  return fmt::format(
      "while it was timed, other processes took {:.0f} % or more of this machine's processors: its "
      "latencies are too long; measure on an idle machine (--fresh)",
      measure::kMuchOtherLoad * 100);
}

}  // namespace

store::Row make_row(const PlannedRow& planned, const std::vector<StageOutcome>& outcomes,
                    const Json& machine) {
  const spec::Cell& cell = *planned.cell;
  store::Row row;
  row.parameters = cell.parameters;
  row.quantized = stages::is_quantized(cell);
  if (!planned.skipped.empty()) {
    row.status = store::Row::Status::kSkipped;
    row.message = planned.skipped;
    return row;
  }
  warn_once(row, remark_on_protocol(cell));
  std::string unfused;
  row.message = failure_of(planned, outcomes);
  if (!row.message.empty()) row.status = store::Row::Status::kFailed;
  if (const auto* model = planned.model ? finished(outcomes, *planned.model) : nullptr) {
    row.model_bytes = model->artefact->total_bytes();
    row.model_hash = model->artefact->content;
    if (cell.apply_quantization) {
      add_quantization(row, cell, result_of<stages::Quantize>(*model).report, machine);
      unfused = remark_on_fusion(cell, *row.quantization);
      warn_once(row, unfused);
    }
  }
  const auto* evaluated = planned.evaluate ? finished(outcomes, planned.evaluate->index) : nullptr;
  if (evaluated != nullptr) {
    auto evaluation = result_of<stages::Evaluate>(*evaluated);
    row.evaluation = std::move(evaluation.figures);
    row.outcomes = std::move(evaluation.outcomes);
    for (const std::string& remark : evaluation.remarks) warn_once(row, remark);
    if (unfused.empty()) {
      for (const std::string& remark : evaluation.precision_remarks) warn_once(row, remark);
    }
  }
  for (const auto& time : planned.times) {
    const StageOutcome* timed = finished(outcomes, time.index);
    if (timed == nullptr) continue;
    auto timing = result_of<stages::Time>(*timed);
    row.peak_memory_bytes = std::max(row.peak_memory_bytes, timed->peak_memory_bytes);
    warn_once(row, timing.remark);
    // The verdict says it of those that were timed in turns.
    if (timing.timing.verdict.trust == measure::Trust::kUnknown) {
      warn_once(row, remark_on_other_load(timing.other_load));
    }
    row.timings.push_back(std::move(timing.timing));
  }
  for (const auto& streams : planned.streams) {
    const StageOutcome* timed = finished(outcomes, streams.index);
    if (timed == nullptr) continue;
    auto timing = result_of<stages::TimeStreams>(*timed);
    timing.figures.peak_memory_bytes = timed->peak_memory_bytes;
    warn_once(row, remark_on_other_load(timing.other_load));
    row.streams.push_back(timing.figures);
  }
  return row;
}

std::vector<std::string> stage_keys(const PlannedRow& planned,
                                    const std::vector<StageOutcome>& outcomes) {
  std::vector<std::string> out;
  if (!planned.skipped.empty()) return out;
  for (const std::size_t stage : all_stages(planned)) {
    if (const StageOutcome* outcome = finished(outcomes, stage)) out.push_back(outcome->key);
  }
  return out;
}

}  // namespace quantbench::execute
