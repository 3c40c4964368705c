#include "quantbench/analysis/remarks.h"

#include <algorithm>

#include "quantbench/analysis/comparison.h"

namespace quantbench::analysis {

namespace {

void add(std::vector<Remark>& list, Remark::Kind kind, const std::string& text, std::size_t row) {
  const auto known = std::find_if(list.begin(), list.end(), [&](const Remark& one) {
    return one.kind == kind && one.text == text;
  });
  if (known == list.end()) {
    list.push_back({kind, text, {row}});
  } else if (known->rows.back() != row) {
    known->rows.push_back(row);
  }
}

}  // namespace

std::vector<Remark> remarks(const store::RunResult& result) {
  std::vector<Remark> out;
  const Json governor =
      result.machine.is_object() ? result.machine.value("governor", Json()) : Json();
  if (governor.is_string() && governor != "performance")
    out.push_back({Remark::Kind::kGovernor, governor.get<std::string>(), {}});
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    const store::Row& row = result.rows[i];
    if (row.status == store::Row::Status::kFailed) add(out, Remark::Kind::kFailed, row.message, i);
    if (row.status == store::Row::Status::kSkipped && !result.tuning)
      add(out, Remark::Kind::kSkipped, row.message, i);
    if (kind_of(row) == Kind::kNothingQuantized) add(out, Remark::Kind::kNothingQuantized, "", i);
    for (const std::string& text : row.warnings) add(out, Remark::Kind::kWarning, text, i);
    for (const measure::Timing& timing : row.timings) {
      for (const std::string& reason : timing.verdict.reasons) {
        add(out, Remark::Kind::kWarning, "its timing: " + reason, i);
      }
    }
    if (!row.quantization) continue;
    for (const std::string& text : row.quantization->warnings)
      add(out, Remark::Kind::kWarning, text, i);
    // The same text for all rows: how many activations differs from row to row.
    for (const quantize::PresetAdvice& advice : row.quantization->advice) {
      add(out, Remark::Kind::kAdvice,
          "the preset " + advice.preset +
              " leaves activations in float that are quantized here; benchmark it too: preset: " +
              "[null, " + advice.preset + "]",
          i);
    }
  }
  return out;
}

}  // namespace quantbench::analysis
