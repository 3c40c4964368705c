#include "quantbench/analysis/run_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "quantbench/analysis/comparison.h"
#include "quantbench/analysis/figures.h"
#include "quantbench/analysis/row_name.h"
#include "quantbench/analysis/row_pairs.h"
#include "quantbench/analysis/shape.h"
#include "quantbench/analysis/speedup.h"
#include "quantbench/analysis/streams.h"
#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::analysis {

namespace {

using store::Row;
using store::RunResult;

/// Adds why a timing cannot be believed. `which`: "the timing before".
void add_distrust(std::vector<std::string>& doubts, const measure::Timing& timing,
                  const std::string& which) {
  if (timing.verdict.trust != measure::Trust::kNot) return;
  const std::string why = join(timing.verdict.reasons, "; ");
  doubts.push_back(which + " is not to be trusted" + (why.empty() ? "" : ": " + why));
}

void compare_times(RunComparison& out, const std::string& name, const Row& before, const Row& after,
                   const Thresholds& thresholds) {
  const double most = thresholds.max_latency_regression.amount;
  for (const measure::Timing& timing : after.timings) {
    const measure::Timing* earlier = timing_at(before.timings, shape_of(timing));
    if (earlier == nullptr) continue;
    const auto ratio = latency_change(*earlier, timing);
    if (!ratio) continue;
    TimeChange change{name,
                      after.parameters,
                      timing.batch_size,
                      timing.input_length,
                      earlier->latency_mean,
                      timing.latency_mean,
                      *ratio};
    if (!same_measurement(*earlier, timing)) {
      add_distrust(change.doubts, *earlier, "the timing before");
      add_distrust(change.doubts, timing, "the timing after");
      const auto& interval = ratio->interval;
      const double width = interval ? (interval->high - interval->low) / ratio->value : 0;
      if (width > most && interval->high > 1 + most) {
        change.doubts.push_back(
            fmt::format("the 95 % interval is {:.1f} % wide, more than the threshold of {:g} %",
                        100 * width, 100 * most));
      }
    }
    const bool beyond_noise = !ratio->interval || ratio->interval->low > 1;
    change.regression = !change.inconclusive() && ratio->value > 1 + most && beyond_noise;
    out.times.push_back(std::move(change));
  }
}

/// Loads under which both rows were measured. `least`: the lowest ratio that passes.
void compare_throughputs(RunComparison& out, const std::string& name, const Row& before,
                         const Row& after, const std::optional<double>& least) {
  for (const measure::StreamFigures& figures : after.streams) {
    const Load load = load_of(figures);
    const measure::StreamFigures* earlier = figures_under(before, load);
    if (earlier == nullptr || !(earlier->samples_per_second > 0)) continue;
    ThroughputChange change{name,
                            after.parameters,
                            load,
                            earlier->samples_per_second,
                            figures.samples_per_second,
                            earlier->latency_99,
                            figures.latency_99};
    // A ratio that is not a number does not pass.
    change.regression = least && !(change.ratio() >= *least);
    out.throughputs.push_back(std::move(change));
  }
}

/// Latencies of a row and of its original.
void compare_with_original(RunComparison& out, const std::string& name, const RunResult& run,
                           const Row& row, double limit) {
  for (const measure::Timing& timing : row.timings) {
    const measure::Timing* original = timing_at(original_timings(run, row), shape_of(timing));
    const auto speedup = speedup_over(original, timing);
    if (!speedup) {
      out.notes.push_back(fmt::format("{}: there is no latency of an original at {} x {}", name,
                                      timing.batch_size, timing.input_length));
      continue;
    }
    measure::Ratio ratio{.value = 1 / speedup->value, .interval = {}};
    if (speedup->interval)
      ratio.interval = {1 / speedup->interval->high, 1 / speedup->interval->low};
    TimeChange change{name,
                      row.parameters,
                      timing.batch_size,
                      timing.input_length,
                      original_latency(original, timing),
                      timing.latency_mean,
                      ratio};
    if (original == nullptr || !same_measurement(*original, timing)) {
      add_distrust(change.doubts, timing, "the timing of the row");
      if (original != nullptr && !timing.speedup)
        add_distrust(change.doubts, *original, "the timing of the original");
      if (ratio.interval && ratio.interval->low <= limit && limit < ratio.interval->high) {
        change.doubts.push_back(fmt::format("the 95 % interval contains the limit of {:g}", limit));
      }
    }
    const double least = ratio.interval ? ratio.interval->low : ratio.value;
    change.regression = !change.inconclusive() && least > limit;
    out.times.push_back(std::move(change));
  }
}

/// Most that the figure may get worse, in its own unit.
double most_of(const Allowance& allowed, const metric::Figure& meaning, double earlier) {
  if (allowed.relative) return allowed.amount * std::abs(earlier);
  if (meaning.point <= 0) return allowed.amount;
  if (allowed.amount >= 1) {
    throw Error(fmt::format("a metric drop of {} is {} points of {}: nothing could be a regression",
                            allowed.amount, 100 * allowed.amount, meaning.name),
                "--max-metric-drop",
                "give 0.01 for one point, or 1% for a share of the value before");
  }
  return allowed.amount * 100 * meaning.point;
}

using Figures = std::map<std::string, double>;

void compare_figures(RunComparison& out, const std::string& name, const RunResult& run,
                     const Json& parameters, const Figures& before, const Figures& after,
                     const Allowance& allowed) {
  for (const auto& [metric, value] : after) {
    if (is_time_figure(metric)) continue;
    const std::optional<double> earlier = figure(before, metric);
    if (!earlier) continue;
    const auto meaning = meaning_of(run, metric);
    if (!meaning) {
      out.figures.push_back({name, parameters, metric, *earlier, value, false, false});
      continue;
    }
    const double drop = loss(*meaning, *earlier, value);
    const double most = most_of(allowed, *meaning, *earlier);
    // A drop equal to the threshold passes, whatever its last bit. A figure that is now NaN does
    // not pass.
    const bool regression = std::isfinite(*earlier) && !(drop <= most + 1e-12);
    out.figures.push_back({name, parameters, metric, *earlier, value, regression, true});
  }
}

/// Says where latencies have no interval and figures no known meaning.
void note_unjudged(RunComparison& out) {
  const auto unsure = std::count_if(out.times.begin(), out.times.end(),
                                    [](const auto& change) { return !change.ratio.interval; });
  if (unsure > 0) {
    out.notes.push_back(fmt::format(
        "{} of {} latencies have no interval (a card, or fewer than 4 forwards): the ratio alone "
        "decides",
        unsure, out.times.size()));
  }
  std::set<std::string> unknown;
  for (const FigureChange& change : out.figures) {
    if (change.judged || !unknown.insert(change.metric).second) continue;
    out.notes.push_back("unknown metric '" + change.metric +
                        "': not judged, because its better direction is unknown");
  }
}

void require_throughputs(const RunComparison& comparison, const char* option) {
  if (!comparison.throughputs.empty()) return;
  throw Error("there is no throughput of concurrent streams to compare", option,
              "a spec asks for it with streams: [1, 2, cores]");
}

std::string status_of(const std::string& name, const Row& row) {
  return name + ": " + store::status_name(row.status) + ", " + row.message;
}

}  // namespace

std::size_t RunComparison::regressions() const {
  const auto regressed = [](const auto& change) { return change.regression; };
  return static_cast<std::size_t>(
             std::count_if(times.begin(), times.end(), regressed) +
             std::count_if(figures.begin(), figures.end(), regressed) +
             std::count_if(throughputs.begin(), throughputs.end(), regressed)) +
         broken.size();
}

std::size_t RunComparison::inconclusive() const {
  return static_cast<std::size_t>(std::count_if(
      times.begin(), times.end(), [](const auto& change) { return change.inconclusive(); }));
}

std::vector<std::string> differing_facts(const Json& before, const Json& after) {
  std::vector<std::string> out;
  if (!before.is_object() || !after.is_object() || before.empty() || after.empty()) return out;
  Json keys = before;
  keys.update(after);
  for (const auto& [key, unused] : keys.items()) {
    const Json first = before.value(key, Json());
    const Json second = after.value(key, Json());
    if (first == second) continue;
    if (first.is_structured() || second.is_structured()) {
      out.push_back(key + " differs");
    } else {
      out.push_back(key + ": " + text_of(first) + ", then " + text_of(second));
    }
  }
  return out;
}

RunComparison compare_runs(const RunResult& before, const RunResult& after,
                           const Thresholds& thresholds) {
  const RowPairs pairs = match_rows(before, after);
  if (pairs.both.empty()) {
    throw Error("the runs have no row in common", "compare",
                "rows are matched by every parameter that either run benchmarks");
  }
  RunComparison out;
  std::optional<double> least_ratio;
  if (thresholds.max_throughput_drop) least_ratio = 1 - thresholds.max_throughput_drop->amount;
  const Names names_before(before);
  const Names names_after(after);
  for (const auto& [first, second] : pairs.both) {
    const std::string name = names_after.of(*second);
    if (first->status == Row::Status::kOk && second->status != Row::Status::kOk)
      out.broken.push_back(status_of(name, *second));
    compare_times(out, name, *first, *second, thresholds);
    compare_figures(out, name, after, second->parameters, first->evaluation, second->evaluation,
                    thresholds.max_metric_drop);
    compare_throughputs(out, name, *first, *second, least_ratio);
  }
  if (least_ratio) require_throughputs(out, "--max-throughput-drop");
  note_unjudged(out);
  for (const Row* row : pairs.only_second)
    out.notes.push_back("only in the second run: " + names_after.of(*row));
  for (const Row* row : pairs.only_first)
    out.notes.push_back("only in the first run: " + names_before.of(*row));
  for (const std::string& fact : differing_facts(before.machine, after.machine))
    out.notes.push_back("the machines differ, " + fact);
  return out;
}

RunComparison compare_with_own_originals(const RunResult& run, const OriginalLimits& limits) {
  RunComparison out;
  out.against_originals = true;
  const Names names(run);
  for (const Row& row : run.rows) {
    if (!row.quantized) continue;
    const std::string name = names.of(row);
    if (row.status == Row::Status::kFailed) {
      out.broken.push_back(status_of(name, row));
    } else if (row.status == Row::Status::kSkipped) {
      out.notes.push_back(status_of(name, row));
    }
    compare_with_original(out, name, run, row, limits.max_latency);
    compare_figures(out, name, run, row.parameters, original_evaluation(run, row), row.evaluation,
                    limits.max_metric_drop);
    if (const Row* original = store::original_of(run, row)) {
      compare_throughputs(out, name, *original, row, limits.min_throughput);
    }
  }
  if (out.times.empty() && out.figures.empty() && out.throughputs.empty() && out.broken.empty()) {
    throw Error("no row of the run has an original to compare with", "compare",
                "the run needs an unquantized row: apply_quantization: [true, false]");
  }
  if (limits.min_throughput) require_throughputs(out, "--min-throughput");
  note_unjudged(out);
  return out;
}

}  // namespace quantbench::analysis
