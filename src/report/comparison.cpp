#include "quantbench/report/comparison.h"

#include "quantbench/report/card.h"

namespace quantbench::report {

using store::Row;

std::vector<Comparison> compare_with_originals(const store::RunResult& result) {
  std::vector<Comparison> out;
  for (const Row& row : result.rows) {
    Comparison& comparison = out.emplace_back();
    comparison.speedups.resize(row.timings.size());
    if (row.status != Row::Status::kOk) continue;
    const Row* found = store::original_of(result, row);
    if (found == nullptr) continue;
    const Row& baseline = *found;
    comparison.baseline = static_cast<std::size_t>(found - result.rows.data());
    for (std::size_t i = 0; i < row.timings.size(); ++i) {
      const measure::Timing& timing = row.timings[i];
      const auto original = timing_at(baseline.timings, {timing.batch_size, timing.input_length});
      if (original && timing.latency_mean > 0)
        comparison.speedups[i] = original->latency_mean / timing.latency_mean;
    }
    for (const auto& [name, value] : row.evaluation) {
      const auto original = baseline.evaluation.find(name);
      if (original != baseline.evaluation.end())
        comparison.changes[name] = value - original->second;
    }
  }
  return out;
}

}  // namespace quantbench::report
