#include "quantbench/analysis/comparison.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "quantbench/analysis/speedup.h"

namespace quantbench::analysis {

using store::Row;

const std::map<std::string, double>& original_evaluation(const store::RunResult& result,
                                                         const Row& row) {
  static const std::map<std::string, double> none;
  if (!row.original_evaluation.empty()) return row.original_evaluation;
  const Row* original = store::original_of(result, row);
  return original == nullptr ? none : original->evaluation;
}

const std::vector<measure::Timing>& original_timings(const store::RunResult& result,
                                                     const Row& row) {
  static const std::vector<measure::Timing> none;
  if (!row.original_timings.empty()) return row.original_timings;
  const Row* original = store::original_of(result, row);
  return original == nullptr ? none : original->timings;
}

std::vector<Comparison> compare_with_originals(const store::RunResult& result) {
  std::vector<Comparison> out;
  for (const Row& row : result.rows) {
    Comparison& comparison = out.emplace_back();
    comparison.speedups.resize(row.timings.size());
    if (row.status != Row::Status::kOk) continue;
    if (row.original_timings.empty() && row.original_evaluation.empty()) {
      const Row* found = store::original_of(result, row);
      if (found != nullptr)
        comparison.baseline = static_cast<std::size_t>(found - result.rows.data());
    }
    const auto& timings = original_timings(result, row);
    for (std::size_t i = 0; i < row.timings.size(); ++i) {
      const measure::Timing& timing = row.timings[i];
      comparison.speedups[i] = speedup_over(timing_at(timings, shape_of(timing)), timing);
    }
    const auto& evaluation = original_evaluation(result, row);
    for (const auto& [name, value] : row.evaluation) {
      const auto original = evaluation.find(name);
      if (original != evaluation.end()) comparison.changes[name] = value - original->second;
    }
  }
  return out;
}

std::optional<ComparedTiming> compared_timing(const Row& row, const Comparison& comparison,
                                              const Shape& shape) {
  const measure::Timing* timing = timing_at(row.timings, shape);
  if (timing == nullptr) return std::nullopt;
  const auto index = static_cast<std::size_t>(timing - row.timings.data());
  return ComparedTiming{*timing, comparison.speedups[index]};
}

Kind kind_of(const Row& row) {
  if (!row.quantized) return Kind::kOriginal;
  const bool nothing = row.quantization && row.quantization->quantized_count() == 0;
  return nothing ? Kind::kNothingQuantized : Kind::kQuantized;
}

std::vector<std::size_t> fastest_first(const store::RunResult& result, const Shape& shape) {
  const auto latency = [&](std::size_t row) {
    const measure::Timing* timing = timing_at(result.rows[row].timings, shape);
    const bool known = timing != nullptr && timing->latency_mean > 0;
    return known ? timing->latency_mean : std::numeric_limits<double>::infinity();
  };
  std::vector<std::size_t> order(result.rows.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return latency(a) < latency(b); });
  return order;
}

}  // namespace quantbench::analysis
