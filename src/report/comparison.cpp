#include "quantbench/report/comparison.h"

namespace quantbench::report {

namespace {

using store::Row;

bool is_original(const Row& row) { return row.status == Row::Status::kOk && !row.quantized; }

/// The row's value of a key: its own when the key is benchmarked, else the run's fixed one.
Json parameter(const store::RunResult& result, const Row& row, const char* key) {
  if (row.parameters.contains(key)) return row.parameters[key];
  return result.fixed.contains(key) ? result.fixed[key] : Json();
}

std::optional<std::size_t> baseline_of(const store::RunResult& result, const Row& row) {
  std::optional<std::size_t> best;
  int best_rank = -1;
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    const Row& candidate = result.rows[i];
    if (!is_original(candidate)) continue;
    const auto same = [&](const char* key) {
      return parameter(result, row, key) == parameter(result, candidate, key);
    };
    const int rank = same("framework") ? (same("framework_args") ? 2 : 1) : 0;
    if (rank > best_rank) {
      best = i;
      best_rank = rank;
    }
  }
  return best;
}

const measure::Timing* timing_at(const Row& row, const measure::Timing& place) {
  for (const measure::Timing& timing : row.timings) {
    if (timing.batch_size == place.batch_size && timing.input_length == place.input_length)
      return &timing;
  }
  return nullptr;
}

}  // namespace

std::vector<Comparison> compare_with_originals(const store::RunResult& result) {
  std::vector<Comparison> out;
  for (const Row& row : result.rows) {
    Comparison& comparison = out.emplace_back();
    comparison.speedups.resize(row.timings.size());
    if (row.status != Row::Status::kOk || !row.quantized) continue;
    comparison.baseline = baseline_of(result, row);
    if (!comparison.baseline) continue;
    const Row& baseline = result.rows[*comparison.baseline];
    for (std::size_t i = 0; i < row.timings.size(); ++i) {
      const measure::Timing* original = timing_at(baseline, row.timings[i]);
      if (original != nullptr && row.timings[i].latency_mean > 0)
        comparison.speedups[i] = original->latency_mean / row.timings[i].latency_mean;
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
