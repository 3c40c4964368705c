#include "quantbench/execute/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "quantbench/measure/machine.h"
#include "quantbench/measure/machine_load.h"
#include "quantbench/runtime/session.h"

namespace quantbench::execute {

namespace {

std::vector<std::size_t> all_stages(const plan::PlannedRow& planned) {
  std::vector<std::size_t> out;
  if (planned.model) out.push_back(*planned.model);
  out.push_back(planned.evaluate);
  out.insert(out.end(), planned.times.begin(), planned.times.end());
  return out;
}

/// The first of a row's stages that failed or did not run; empty message if there is none.
std::string failure_of(const plan::PlannedRow& planned, const std::vector<StageOutcome>& outcomes) {
  for (const std::size_t stage : all_stages(planned)) {
    if (stage >= outcomes.size()) return "the run ended before this row was done";
    if (!outcomes[stage].ok) return outcomes[stage].message;
  }
  return {};
}

const StageOutcome* finished(std::size_t stage, const std::vector<StageOutcome>& outcomes) {
  return stage < outcomes.size() && outcomes[stage].ok ? &outcomes[stage] : nullptr;
}

void add_quantization(store::Row& row, const spec::Cell& cell, const Json& result,
                      const Json& machine) {
  row.quantization = quantize::Report::from_json(result.at("report"));
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

/// The same text for all rows, so reports can group them.
std::string remark_on_other_load(const Json& timing) {
  const auto load = timing.find("other_load");
  if (load == timing.end() || !load->is_number() || load->get<double>() < measure::kMuchOtherLoad) {
    return {};
  }
  return fmt::format(
      "while it was timed, other processes took {:.0f} % or more of this machine's processors: its "
      "latencies are too long; measure on an idle machine (--fresh)",
      measure::kMuchOtherLoad * 100);
}

}  // namespace

store::Row make_row(const plan::PlannedRow& planned, const std::vector<StageOutcome>& outcomes,
                    const Json& machine) {
  const spec::Cell& cell = *planned.cell;
  store::Row row;
  row.parameters = cell.parameters;
  const auto* runtime = runtime::runtimes().find(cell.framework);
  row.quantized = cell.apply_quantization || (runtime != nullptr && runtime->quantizes());
  if (!planned.skipped.empty()) {
    row.status = store::Row::Status::kSkipped;
    row.message = planned.skipped;
    return row;
  }
  row.message = failure_of(planned, outcomes);
  if (!row.message.empty()) row.status = store::Row::Status::kFailed;
  if (const StageOutcome* model = planned.model ? finished(*planned.model, outcomes) : nullptr) {
    row.model_bytes = artefact_bytes(model->result.at("artefact"));
    row.model_hash = model->result.at("artefact").value("content", "");
    if (cell.apply_quantization) add_quantization(row, cell, model->result, machine);
  }
  if (const StageOutcome* evaluation = finished(planned.evaluate, outcomes)) {
    for (const auto& [name, value] : evaluation->result.at("figures").items()) {
      row.evaluation[name] =
          value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
    }
    row.outcomes = evaluation->result.value("outcomes", row.outcomes);
    for (const std::string& remark :
         evaluation->result.value("remarks", std::vector<std::string>{})) {
      warn_once(row, remark);
    }
  }
  for (const std::size_t stage : planned.times) {
    if (const StageOutcome* timing = finished(stage, outcomes)) {
      row.timings.push_back(measure::Timing::from_json(timing->result.at("timing")));
      row.peak_memory_bytes = std::max(row.peak_memory_bytes, timing->peak_memory_bytes);
      warn_once(row, timing->result.value("remark", ""));
      warn_once(row, remark_on_other_load(timing->result));
    }
  }
  return row;
}

std::vector<std::string> stage_keys(const plan::PlannedRow& planned,
                                    const std::vector<StageOutcome>& outcomes) {
  std::vector<std::string> out;
  if (!planned.skipped.empty()) return out;
  for (const std::size_t stage : all_stages(planned)) {
    if (const StageOutcome* outcome = finished(stage, outcomes)) out.push_back(outcome->key);
  }
  return out;
}

}  // namespace quantbench::execute
